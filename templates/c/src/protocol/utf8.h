#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where a text that arrives in pieces stands. Zeroed: between two characters.
struct utf8 {
    uint8_t missing; // continuation bytes that the character still needs
    uint8_t low, high; // bounds of the next of them
};

// False at the first byte that makes valid UTF-8 (RFC 3629 §4) impossible.
bool utf8_feed(struct utf8 *state, const uint8_t *bytes, size_t length);

// The whole of a text.
bool utf8_valid(const uint8_t *bytes, size_t length);

#endif
