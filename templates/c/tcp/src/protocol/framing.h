// How messages are told apart on the wire; one of the framing files is linked.
#ifndef FRAMING_H
#define FRAMING_H

#include "protocol/session.h"

#include <stddef.h>
#include <stdint.h>
//% if not framing_none

enum framing_state {
    FRAMING_WHOLE,
    FRAMING_PARTIAL,
    FRAMING_TOO_BIG,
};

// Bytes that a message begins with.
struct framing_input {
    const uint8_t *bytes;
    size_t length;
    size_t seen; // so many were looked at before
};

// A message where it lies.
struct framing_message {
    const uint8_t *payload;
    size_t size;
    size_t used; // bytes, with the framing
};

// Looks for the first message, whose payload has at most `limit` bytes.
enum framing_state framing_parse(struct framing_input input, size_t limit,
                                 struct framing_message *message);

// How many of the bytes belong to the message that begins with what is kept, as far as is known.
size_t framing_share(const struct buffer *kept, const uint8_t *bytes, size_t length);
//% endif
//% if framing_length

// What the message lacks whose beginning is kept; 0 while its size is not known.
uint64_t framing_missing(const struct buffer *kept);
//% endif

// Sends a message with what tells where it ends.
void framing_send(struct session *session, const uint8_t *data, size_t size);

#endif
