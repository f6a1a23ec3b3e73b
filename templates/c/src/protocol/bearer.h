// Bearer tokens of requests (RFC 6750).
#ifndef BEARER_H
#define BEARER_H

#include "protocol/http.h"

#include <stdbool.h>
#include <stddef.h>

struct bearer_tokens {
    struct text *list;
    size_t count;
    //% if tokens_file
    char *text; // what the list's items lie in
    //% endif
};

// Whether the request carries one of the tokens: in its Authorization field, else as `token` in
// its query, else as its first subprotocol. `scratch` holds as many characters as the request.
bool bearer_is_accepted(const struct bearer_tokens *tokens, const struct http_request *request,
                        char *scratch);
//% if subprotocols

// Whether the first subprotocol is a token.
bool bearer_is_subprotocol(const struct http_request *request);
//% endif

#endif
