// RFC 6455 §5.3: masking, which is its own inverse.
#ifndef MASK_H
#define MASK_H

#include <stddef.h>
#include <stdint.h>

// XORs in place. `offset` is the position of the first byte in the frame's payload.
void mask_apply(uint8_t *payload, size_t length, const uint8_t key[4], uint64_t offset);

#endif
