// RFC 6455 §5.2: the frame header, both ways.
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opcode {
    OPCODE_CONTINUATION = 0x0,
    OPCODE_TEXT = 0x1,
    OPCODE_BINARY = 0x2,
    OPCODE_CLOSE = 0x8,
    OPCODE_PING = 0x9,
    OPCODE_PONG = 0xA,
};

enum {
    FRAME_FIN = 0x80,
    FRAME_RSV1 = 0x40,
    FRAME_RESERVED = 0x70,
    FRAME_OPCODE = 0x0F,
    FRAME_CONTROL = 0x08,
    FRAME_MASKED = 0x80,
    FRAME_LENGTH = 0x7F,
    FRAME_LENGTH_16 = 126,
    FRAME_LENGTH_64 = 127,
    FRAME_MASKING_KEY_SIZE = 4,
    FRAME_HEADER_MAX = 14, // as received, with a masking key
    FRAME_SENT_HEADER_MAX = 10, // as sent
    CONTROL_PAYLOAD_MAX = 125,
};

// What the first two bytes depend on.
struct frame_context {
    bool in_message; // a fragmented message has begun
    //% if compression
    bool deflate; // permessage-deflate was negotiated
    //% endif
};

// Why the first two bytes of a frame from a client break the protocol, or NULL.
const char *frame_start_fault(uint8_t first, uint8_t second, struct frame_context context);

// Bytes of extended length that follow the second byte.
size_t frame_length_size(uint8_t second);

// The payload length of a header whose extended length, if any, is complete.
uint64_t frame_length(const uint8_t *header);

// Why the complete length field breaks the protocol, or NULL.
const char *frame_length_fault(const uint8_t *header);

// Writes the shortest, unmasked header; returns its size.
size_t frame_write_header(uint8_t header[FRAME_SENT_HEADER_MAX], uint8_t first, uint64_t length);

#endif
