// Messages and control frames to the peer.
//% if compression or fragment_size
#include "config.h"
//% endif
//% if mail
#include "protocol/elsewhere.h"
//% endif
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/host.h"
#include "protocol/internal.h"

#include <string.h>

enum {
    OUTGOING_REASON_MAX = CONTROL_PAYLOAD_MAX - 2
};

struct outgoing {
    enum message_kind kind;
    const uint8_t *data;
    size_t size;
    //% if compression
    struct buffer packed; // deflated without context for a window of packed_bits, 0: not yet
    uint8_t packed_bits;
    //% endif
};

static void outgoing_frame(struct session *session, unsigned first, const uint8_t *payload,
                           size_t length) {
    uint8_t header[FRAME_SENT_HEADER_MAX];
    size_t size = frame_write_header(header, (uint8_t)first, length);
    host_send(session, header, size, payload, length);
}

void outgoing_control(struct session *session, enum opcode opcode, const uint8_t *payload,
                      size_t length) {
    outgoing_frame(session, FRAME_FIN | (unsigned)opcode, payload, length);
    host_sent(session);
}

void outgoing_close(struct session *session, uint16_t code, const char *reason) {
    uint8_t payload[CONTROL_PAYLOAD_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t length = strnlen(reason, OUTGOING_REASON_MAX + 1);
    if (length > OUTGOING_REASON_MAX) {
        length = OUTGOING_REASON_MAX;
        while (length > 0 && ((uint8_t)reason[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    memcpy(payload + 2, reason, length);
    outgoing_control(session, OPCODE_CLOSE, payload, 2 + length);
}

static void outgoing_frames(struct session *session, unsigned first, const uint8_t *payload,
                            size_t size) {
    //% if fragment_size
    while (size > CONFIG_FRAGMENT_BYTES) {
        outgoing_frame(session, first, payload, CONFIG_FRAGMENT_BYTES);
        first = OPCODE_CONTINUATION;
        payload += CONFIG_FRAGMENT_BYTES;
        size -= CONFIG_FRAGMENT_BYTES;
    }
    //% endif
    outgoing_frame(session, FRAME_FIN | first, payload, size);
    host_sent(session);
    //% if metrics
    metrics_add(METRICS_MESSAGES_SENT, 1);
    //% endif
}
//% if compression

// zlib cannot deflate with a window of 8 bits; it would silently take 9.
static bool outgoing_is_compressible(const struct session *session, size_t size) {
    return session->deflate.negotiated && session->deflate.server_bits > 8 &&
           size >= CONFIG_COMPRESSION_THRESHOLD;
}

static bool outgoing_pack(struct session *session, z_stream *deflater, struct outgoing *message) {
    buffer_pool_take(&session->context->pool, &message->packed);
    message->packed.length = 0;
    return deflater != NULL &&
           deflate_message(deflater, message->data, message->size, &message->packed);
}

static bool outgoing_pack_alone(struct session *session, struct outgoing *message) {
    uint8_t bits = session->deflate.server_bits;
    if (message->packed_bits != bits) {
        z_stream *deflater = codec_deflater(&session->context->codec, bits);
        message->packed_bits = outgoing_pack(session, deflater, message) ? bits : 0;
    }
    return message->packed_bits == bits;
}
//% endif
//% if compression and server_takeover

static bool outgoing_pack_in_context(struct session *session, struct outgoing *message) {
    message->packed_bits = 0;
    if (session->deflater == NULL) {
        session->deflater = deflater_create(session->deflate.server_bits);
    }
    if (outgoing_pack(session, session->deflater, message)) {
        return true;
    }
    // A new deflater refers to nothing sent before, so that the peer stays in step.
    deflater_free(session->deflater);
    session->deflater = NULL;
    return false;
}
//% endif
//% if compression

static bool outgoing_compress(struct session *session, struct outgoing *message) {
    //% if server_takeover
    if (!session->deflate.server_no_context_takeover) {
        return outgoing_pack_in_context(session, message);
    }
    //% endif
    return outgoing_pack_alone(session, message);
}
//% endif

static void outgoing_message(struct session *session, struct outgoing *message) {
    if (session->state != SESSION_OPEN) {
        return;
    }
    //% if overflow_drop
    if (session->dropping) {
        return;
    }
    //% endif
    //% if compression
    if (outgoing_is_compressible(session, message->size) && outgoing_compress(session, message)) {
        outgoing_frames(session, FRAME_RSV1 | (unsigned)message->kind, message->packed.data,
                        message->packed.length);
        return;
    }
    //% endif
    outgoing_frames(session, (unsigned)message->kind, message->data, message->size);
}

//% if mail and custom
static void outgoing_deliver(struct session *session, unsigned word, const uint8_t *data,
                             size_t size) {
    session_send(session, (enum message_kind)word, data, size);
}

//% endif
void session_send(struct session *session, enum message_kind kind, const uint8_t *data,
                  size_t size) {
    //% if mail and custom
    if (!host_is_own(session)) {
        host_forward(session, outgoing_deliver, kind, data, size);
        return;
    }
    //% endif
    struct outgoing message = {.kind = kind, .data = data, .size = size};
    outgoing_message(session, &message);
    //% if compression
    buffer_pool_give(&session->context->pool, &message.packed);
    //% endif
}
//% if broadcast or custom

// To all open sessions of a context but one.
static void outgoing_to_all(struct session_context *context, const struct session *sender,
                            struct outgoing message) {
    struct session *session = NULL;
    while ((session = host_next_session(context, session)) != NULL) {
        if (session != sender) {
            outgoing_message(session, &message);
        }
    }
    //% if compression
    buffer_pool_give(&context->pool, &message.packed);
    //% endif
}
//% endif
//% if mail

static void outgoing_spread(struct session_context *context, unsigned word, const uint8_t *data,
                            size_t size) {
    enum message_kind kind = (enum message_kind)word;
    outgoing_to_all(context, NULL, (struct outgoing){.kind = kind, .data = data, .size = size});
}
//% endif
//% if mail and custom

static void outgoing_deliver_broadcast(struct session *session, unsigned word, const uint8_t *data,
                                       size_t size) {
    session_broadcast(session, (enum message_kind)word, data, size);
}
//% endif
//% if broadcast or custom

void session_broadcast(struct session *session, enum message_kind kind, const uint8_t *data,
                       size_t size) {
    //% if mail and custom
    if (!host_is_own(session)) {
        host_forward(session, outgoing_deliver_broadcast, kind, data, size);
        return;
    }
    //% endif
    outgoing_to_all(session->context, session,
                    (struct outgoing){.kind = kind, .data = data, .size = size});
    //% if mail
    host_spread(session, outgoing_spread, kind, data, size);
    //% endif
}
//% endif
