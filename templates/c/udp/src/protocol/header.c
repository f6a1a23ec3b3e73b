#include "protocol/header.h"

bool header_is_valid(const uint8_t *datagram, size_t length) {
    if (length < HEADER_SIZE || datagram[1] != 0) {
        return false;
    }
    bool valid = datagram[0] == HEADER_DATA;
    //% if reliability_ack
    valid = valid ||
            (datagram[0] == HEADER_ACKNOWLEDGEMENT && length == HEADER_SIZE + HEADER_BITMAP_SIZE);
    //% endif
    return valid;
}

struct header header_read(const uint8_t *datagram) {
    return (struct header){
        .type = datagram[0],
        .session = (uint16_t)((unsigned)datagram[2] << 8 | datagram[3]),
        .number = (uint32_t)datagram[4] << 24 | (uint32_t)datagram[5] << 16 |
                  (uint32_t)datagram[6] << 8 | (uint32_t)datagram[7],
    };
}

void header_write(uint8_t bytes[HEADER_SIZE], struct header header) {
    bytes[0] = header.type;
    bytes[1] = 0;
    bytes[2] = (uint8_t)(header.session >> 8);
    bytes[3] = (uint8_t)header.session;
    bytes[4] = (uint8_t)(header.number >> 24);
    bytes[5] = (uint8_t)(header.number >> 16);
    bytes[6] = (uint8_t)(header.number >> 8);
    bytes[7] = (uint8_t)header.number;
}
