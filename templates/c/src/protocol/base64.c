#include "protocol/base64.h"

#include <string.h>

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_is_character(char c) {
    return c != '\0' && strchr(base64_alphabet, c) != NULL;
}

void base64_encode(const uint8_t *bytes, size_t length, char *text) {
    memset(text, '=', BASE64_LENGTH(length));
    for (size_t i = 0; i < length; i += 3) {
        uint32_t bits = 0;
        for (size_t j = i; j < i + 3; j++) {
            bits = bits << 8 | (j < length ? bytes[j] : 0U);
        }
        for (size_t j = 0; j < 4 && i + j <= length; j++) {
            text[i / 3 * 4 + j] = base64_alphabet[bits >> (18 - 6 * j) & 0x3F];
        }
    }
}
