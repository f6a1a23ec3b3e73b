#include "protocol/frame.h"

#include <string.h>

//% if compression
static bool frame_starts_message(uint8_t first) {
    uint8_t opcode = first & FRAME_OPCODE;
    return opcode != OPCODE_CONTINUATION && (opcode & FRAME_CONTROL) == 0;
}

//% endif
static const char *frame_control_fault(uint8_t first, uint8_t second) {
    if ((first & FRAME_FIN) == 0) {
        return "fragmented control frame";
    }
    if ((second & FRAME_LENGTH) > CONTROL_PAYLOAD_MAX) {
        return "control frame too long";
    }
    return NULL;
}

static const char *frame_data_fault(uint8_t opcode, bool in_message) {
    if (opcode == OPCODE_CONTINUATION && !in_message) {
        return "unexpected continuation frame";
    }
    if (opcode != OPCODE_CONTINUATION && in_message) {
        return "continuation frame expected";
    }
    return NULL;
}

const char *frame_start_fault(uint8_t first, uint8_t second, struct frame_context context) {
    uint8_t opcode = first & FRAME_OPCODE;
    bool control = (opcode & FRAME_CONTROL) != 0;
    uint8_t reserved = first & FRAME_RESERVED;
    //% if compression
    if (context.deflate && frame_starts_message(first)) {
        reserved &= (uint8_t)~FRAME_RSV1; // RFC 7692 §6
    }
    //% endif
    if (reserved != 0) {
        return "reserved bit set";
    }
    if (opcode > OPCODE_PONG || (opcode > OPCODE_BINARY && !control)) {
        return "reserved opcode";
    }
    const char *fault =
        control ? frame_control_fault(first, second) : frame_data_fault(opcode, context.in_message);
    if (fault == NULL && (second & FRAME_MASKED) == 0) {
        fault = "frame not masked"; // RFC 6455 §5.1
    }
    return fault;
}

size_t frame_length_size(uint8_t second) {
    switch (second & FRAME_LENGTH) {
    case FRAME_LENGTH_16:
        return 2;
    case FRAME_LENGTH_64:
        return 8;
    default:
        return 0;
    }
}

uint64_t frame_length(const uint8_t *header) {
    size_t size = frame_length_size(header[1]);
    if (size == 0) {
        return header[1] & FRAME_LENGTH;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < size; i++) {
        length = length << 8 | header[2 + i];
    }
    return length;
}

const char *frame_length_fault(const uint8_t *header) {
    uint64_t length = frame_length(header);
    size_t size = frame_length_size(header[1]);
    if ((size == 2 && length < FRAME_LENGTH_16) || (size == 8 && length <= UINT16_MAX)) {
        return "length not minimal";
    }
    return length >> 63 != 0 ? "length out of range" : NULL;
}

size_t frame_write_header(uint8_t header[FRAME_SENT_HEADER_MAX], uint8_t first, uint64_t length) {
    header[0] = first;
    if (length < FRAME_LENGTH_16) {
        header[1] = (uint8_t)length;
        return 2;
    }
    size_t size = length <= UINT16_MAX ? 2 : 8;
    header[1] = size == 2 ? FRAME_LENGTH_16 : FRAME_LENGTH_64;
    for (size_t i = 0; i < size; i++) {
        header[2 + i] = (uint8_t)(length >> (8 * (size - 1 - i)));
    }
    return 2 + size;
}
