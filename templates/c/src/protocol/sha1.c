#include "protocol/sha1.h"

#include <string.h>

enum {
    SHA1_BLOCK = 64,
    SHA1_LENGTH_FIELD = 8,
    SHA1_ROUNDS = 80
};

static uint32_t sha1_rotate(uint32_t word, unsigned bits) {
    return (word << bits) | (word >> (32U - bits));
}

static void sha1_schedule(const uint8_t *block, uint32_t words[SHA1_ROUNDS]) {
    for (size_t i = 0; i < 16; i++) {
        const uint8_t *b = block + 4 * i;
        words[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (size_t i = 16; i < SHA1_ROUNDS; i++) {
        words[i] = sha1_rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
}

static uint32_t sha1_mix(size_t round, uint32_t b, uint32_t c, uint32_t d) {
    if (round < 20) {
        return ((b & c) | (~b & d)) + 0x5A827999U;
    }
    if (round < 40) {
        return (b ^ c ^ d) + 0x6ED9EBA1U;
    }
    if (round < 60) {
        return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCU;
    }
    return (b ^ c ^ d) + 0xCA62C1D6U;
}

static void sha1_absorb(uint32_t state[5], const uint8_t *block) {
    uint32_t words[SHA1_ROUNDS];
    sha1_schedule(block, words);
    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];
    uint32_t e = state[4];
    for (size_t i = 0; i < SHA1_ROUNDS; i++) {
        uint32_t next = sha1_rotate(a, 5) + sha1_mix(i, b, c, d) + e + words[i];
        e = d;
        d = c;
        c = sha1_rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

static void sha1_finish(uint32_t state[5], const uint8_t *rest, size_t left, uint64_t total) {
    uint8_t tail[2 * SHA1_BLOCK] = {0};
    memcpy(tail, rest, left);
    tail[left] = 0x80;
    size_t size = left + 1 + SHA1_LENGTH_FIELD <= SHA1_BLOCK ? SHA1_BLOCK : 2 * SHA1_BLOCK;
    uint64_t bits = total * 8;
    for (size_t i = 0; i < SHA1_LENGTH_FIELD; i++) {
        tail[size - 1 - i] = (uint8_t)(bits >> (8 * i));
    }
    for (size_t at = 0; at < size; at += SHA1_BLOCK) {
        sha1_absorb(state, tail + at);
    }
}

void sha1(const uint8_t *bytes, size_t length, uint8_t digest[SHA1_SIZE]) {
    uint32_t state[5] = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
    size_t whole = length - length % SHA1_BLOCK;
    for (size_t at = 0; at < whole; at += SHA1_BLOCK) {
        sha1_absorb(state, bytes + at);
    }
    sha1_finish(state, bytes + whole, length - whole, length);
    for (size_t i = 0; i < SHA1_SIZE; i++) {
        digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
