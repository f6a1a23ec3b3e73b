// The head of an HTTP/1.1 request (RFC 9112), as far as a WebSocket handshake needs it.
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

// A view of characters that somebody else owns.
struct text {
    const char *data;
    size_t length;
};

struct http_request {
    struct text method;
    struct text target;
    int major, minor;
    struct text fields; // valid field lines, each with its CR LF
};

struct text text_of(const char *string);
bool text_equal(struct text a, struct text b);
bool text_equal_ignoring_case(struct text a, struct text b);
// Without outer spaces and tabs.
struct text text_trim(struct text text);

// The length of the head that ends with the first CR LF CR LF, or 0. The first `seen` bytes were
// searched before.
size_t http_head_length(const char *bytes, size_t length, size_t seen);

// `head` ends with CR LF CR LF. False when it cannot be parsed.
bool http_parse(struct text head, struct http_request *request);

// How often the field occurs; its first value is stored, an empty one if there is none.
size_t http_field(const struct http_request *request, const char *name, struct text *value);

// Steps through the values of a field, in their order. `rest` begins as request->fields.
bool http_next_value(struct text *rest, const char *name, struct text *value);

// All values of the field joined with commas, into `joined`, which holds request->fields.length
// characters.
struct text http_join(const struct http_request *request, const char *name, char *joined);

// Steps through the elements of a list without quoted strings; empty ones are passed over.
bool http_next_element(struct text *list, struct text *element);

// RFC 9110 §5.6.2
bool http_is_token_character(char c);

#endif
