#include "protocol/mask.h"

#include <string.h>

enum {
    MASK_KEY_SIZE = 4,
    MASK_BLOCK = 64, // a cache line
    MASK_WORTHWHILE = 256, // bytes from which on the blocks pay
};

// Eight words at once: the compiler takes the widest registers that the function may use.
typedef uint64_t mask_block __attribute__((vector_size(MASK_BLOCK), may_alias));

// The key as it meets bytes from `offset` on, twice.
static uint64_t mask_word(const uint8_t *key, uint64_t offset) {
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = key[(offset + i) % MASK_KEY_SIZE];
    }
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static void mask_bytes(uint8_t *payload, size_t length, uint64_t word) {
    uint8_t bytes[sizeof word];
    memcpy(bytes, &word, sizeof bytes);
    for (size_t i = 0; i < length; i++) {
        payload[i] ^= bytes[i % sizeof bytes];
    }
}

static void mask_words(uint8_t *payload, size_t length, uint64_t word) {
    size_t i = 0;
    for (; i + sizeof word <= length; i += sizeof word) {
        uint64_t part;
        memcpy(&part, payload + i, sizeof part);
        part ^= word;
        memcpy(payload + i, &part, sizeof part);
    }
    mask_bytes(payload + i, length - i, word);
}

// `payload` begins with a block's alignment, `length` is of whole blocks.
static inline __attribute__((always_inline)) void mask_blocks(uint8_t *payload, size_t length,
                                                              uint64_t word) {
    mask_block *block = (mask_block *)(void *)payload;
    for (size_t i = 0; i < length / MASK_BLOCK; i++) {
        block[i] ^= word;
    }
}

static void mask_blocks_plain(uint8_t *payload, size_t length, uint64_t word) {
    mask_blocks(payload, length, word);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void mask_blocks_avx2(uint8_t *payload, size_t length,
                                                             uint64_t word) {
    mask_blocks(payload, length, word);
}

__attribute__((target("avx512f"))) static void mask_blocks_avx512(uint8_t *payload, size_t length,
                                                                  uint64_t word) {
    mask_blocks(payload, length, word);
}
#endif

static void mask_blocks_widest(uint8_t *payload, size_t length, uint64_t word) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) {
        mask_blocks_avx512(payload, length, word);
        return;
    }
    if (__builtin_cpu_supports("avx2")) {
        mask_blocks_avx2(payload, length, word);
        return;
    }
#endif
    mask_blocks_plain(payload, length, word);
}

void mask_apply(uint8_t *payload, size_t length, const uint8_t key[4], uint64_t offset) {
    if (length < MASK_WORTHWHILE) {
        mask_words(payload, length, mask_word(key, offset));
        return;
    }
    size_t head = (MASK_BLOCK - (uintptr_t)payload % MASK_BLOCK) % MASK_BLOCK;
    mask_words(payload, head, mask_word(key, offset));
    size_t body = (length - head) / MASK_BLOCK * MASK_BLOCK;
    uint64_t word = mask_word(key, offset + head);
    mask_blocks_widest(payload + head, body, word);
    mask_words(payload + head + body, length - head - body, word);
}
