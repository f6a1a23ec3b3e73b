// Negotiation of permessage-deflate (RFC 7692 §7.1).
#ifndef EXTENSION_H
#define EXTENSION_H

#include "protocol/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deflate_terms {
    bool negotiated;
    bool server_no_context_takeover;
    bool client_no_context_takeover;
    bool server_bits_offered;
    bool client_bits_offered;
    uint8_t server_bits;
    uint8_t client_bits;
};

enum {
    DEFLATE_ANSWER_MAX = 160
};

// The terms of the first acceptable offer in a Sec-WebSocket-Extensions value.
struct deflate_terms extension_negotiate(struct text offers);

// Writes the answering field value as a string.
void extension_answer(const struct deflate_terms *terms, char answer[DEFLATE_ANSWER_MAX]);

#endif
