#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Characters, without a NUL, that encode `length` bytes.
#define BASE64_LENGTH(length) (((length) + 2) / 3 * 4)

bool base64_is_character(char c);

// RFC 4648 §4, padded. Writes BASE64_LENGTH(length) characters.
void base64_encode(const uint8_t *bytes, size_t length, char *text);

#endif
