#include "protocol/utf8.h"

#include <string.h>

// The length of the ASCII run at the start, counted by words.
static size_t utf8_ascii_run(const uint8_t *bytes, size_t length) {
    const uint64_t high_bits = 0x8080808080808080U;
    size_t i = 0;
    for (; i + 4 * sizeof(uint64_t) <= length; i += 4 * sizeof(uint64_t)) {
        uint64_t words[4];
        memcpy(words, bytes + i, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) {
            break;
        }
    }
    while (i < length && bytes[i] < 0x80) {
        i++;
    }
    return i;
}

// What may follow a first byte. Overlong forms, surrogates and code points above U+10FFFF are cut
// off by the bounds of the second byte, so that the first impossible byte is the one refused.
static bool utf8_lead(struct utf8 *state, uint8_t lead) {
    if (lead < 0xC2 || lead > 0xF4) {
        return false;
    }
    state->missing = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    state->low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    state->high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return true;
}

bool utf8_feed(struct utf8 *state, const uint8_t *bytes, size_t length) {
    struct utf8 at = *state;
    for (size_t i = 0; i < length; i++) {
        if (at.missing > 0) {
            if (bytes[i] < at.low || bytes[i] > at.high) {
                return false;
            }
            at.missing--;
            at.low = 0x80;
            at.high = 0xBF;
        } else if (bytes[i] < 0x80) {
            i += utf8_ascii_run(bytes + i, length - i) - 1;
        } else if (!utf8_lead(&at, bytes[i])) {
            return false;
        }
    }
    *state = at;
    return true;
}

bool utf8_valid(const uint8_t *bytes, size_t length) {
    struct utf8 state = {0};
    return utf8_feed(&state, bytes, length) && state.missing == 0;
}
