#include "protocol/bearer.h"

#include <string.h>

static bool bearer_starts_with(struct text text, const char *start,
                               bool (*equal)(struct text, struct text)) {
    struct text wanted = text_of(start);
    return text.length >= wanted.length && equal((struct text){text.data, wanted.length}, wanted);
}

static struct text bearer_behind(struct text text, size_t length) {
    return (struct text){text.data + length, text.length - length};
}

// The scheme's case does not matter (RFC 9110 §11.1).
static bool bearer_find_in_field(const struct http_request *request, struct text *token) {
    struct text value;
    if (http_field(request, "Authorization", &value) == 0 ||
        !bearer_starts_with(value, "Bearer ", text_equal_ignoring_case)) {
        return false;
    }
    *token = text_trim(bearer_behind(value, strlen("Bearer ")));
    return true;
}

static struct text bearer_query(struct text target) {
    const char *mark = memchr(target.data, '?', target.length);
    return mark != NULL ? bearer_behind(target, (size_t)(mark + 1 - target.data))
                        : (struct text){0};
}

// Splits off the first parameter.
static struct text bearer_next_parameter(struct text *query) {
    const char *end = memchr(query->data, '&', query->length);
    struct text parameter = *query;
    if (end == NULL) {
        *query = (struct text){0};
    } else {
        parameter.length = (size_t)(end - query->data);
        *query = bearer_behind(*query, parameter.length + 1);
    }
    return parameter;
}

static bool bearer_find_in_query(const struct http_request *request, struct text *token) {
    struct text query = bearer_query(request->target);
    while (query.length > 0) {
        struct text parameter = bearer_next_parameter(&query);
        if (bearer_starts_with(parameter, "token=", text_equal)) {
            *token = bearer_behind(parameter, strlen("token="));
            return true;
        }
    }
    return false;
}

static int bearer_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 3986 §2.1; a percent sign without two digits stands for itself.
static struct text bearer_decode(struct text text, char *decoded) {
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (c == '%' && i + 2 < text.length) {
            int high = bearer_digit(text.data[i + 1]);
            int low = bearer_digit(text.data[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        }
        decoded[length++] = c;
    }
    return (struct text){decoded, length};
}

static struct text bearer_find(const struct http_request *request, char *scratch) {
    struct text token = {0};
    if (bearer_find_in_field(request, &token)) {
        return token;
    }
    if (bearer_find_in_query(request, &token)) {
        return bearer_decode(token, scratch);
    }
    struct text offered = http_join(request, "Sec-WebSocket-Protocol", scratch);
    (void)http_next_element(&offered, &token);
    return token;
}

// Takes the same time for every token of one length, right or wrong.
static bool bearer_equal(struct text known, struct text token) {
    unsigned char difference = known.length != token.length;
    for (size_t i = 0; i < known.length; i++) {
        unsigned char other = i < token.length ? (unsigned char)token.data[i] : 0;
        difference |= (unsigned char)known.data[i] ^ other;
    }
    return difference == 0;
}

bool bearer_is_accepted(const struct bearer_tokens *tokens, const struct http_request *request,
                        char *scratch) {
    struct text token = bearer_find(request, scratch);
    bool accepted = false;
    for (size_t i = 0; i < tokens->count; i++) {
        accepted |= bearer_equal(tokens->list[i], token);
    }
    return accepted;
}
//% if subprotocols

bool bearer_is_subprotocol(const struct http_request *request) {
    struct text token;
    return !bearer_find_in_field(request, &token) && !bearer_find_in_query(request, &token);
}
//% endif
