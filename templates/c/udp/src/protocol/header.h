// The header in front of every datagram of a server with reliability.
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HEADER_SIZE = 8,
    HEADER_DATA = 0,
    //% if reliability_ack
    HEADER_ACKNOWLEDGEMENT = 1,
    HEADER_BITMAP_SIZE = 8
    //% endif
};

struct header {
    uint8_t type;
    uint16_t session;
    uint32_t number;
};

// Whether the datagram has a header and the length that belongs to it.
bool header_is_valid(const uint8_t *datagram, size_t length);
struct header header_read(const uint8_t *datagram);
void header_write(uint8_t bytes[HEADER_SIZE], struct header header);

// How far one number is ahead of another (RFC 1982 §3.2).
static inline int32_t header_distance(uint32_t ahead, uint32_t behind) {
    return (int32_t)(ahead - behind);
}

#endif
