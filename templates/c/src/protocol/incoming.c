// Frames and messages from the peer (RFC 6455 §5).
//% if rate_limit
#include "config.h"
//% endif
#include "protocol/host.h"
#include "protocol/internal.h"
#include "protocol/mask.h"
#include "protocol/utf8.h"

#include <string.h>

//% if text_only or binary_only

static const char *incoming_kind_fault(uint8_t opcode) {
    //% if text_only
    return opcode == OPCODE_BINARY ? "text messages only" : NULL;
    //% endif
    //% if binary_only
    return opcode == OPCODE_TEXT ? "binary messages only" : NULL;
    //% endif
}
//% endif

static bool incoming_accept_start(struct session *session) {
    struct frame_context context = {
        .in_message = session->in_message != 0,
        //% if compression
        .deflate = session->deflate.negotiated,
        //% endif
    };
    const char *fault = frame_start_fault(session->header[0], session->header[1], context);
    if (fault != NULL) {
        session_fail(session, CLOSE_PROTOCOL_ERROR, fault);
        return false;
    }
    //% if text_only or binary_only
    fault = incoming_kind_fault(incoming_opcode(session));
    if (fault != NULL) {
        session_fail(session, CLOSE_UNSUPPORTED_DATA, fault);
        return false;
    }
    //% endif
    return true;
}
//% if rate_limit

static bool incoming_is_within_rates(struct session *session) {
    //% if rate_messages
    bool starts_message =
        !incoming_is_control(session) && incoming_opcode(session) != OPCODE_CONTINUATION;
    if (starts_message &&
        !rate_take(&session->messages, CONFIG_MESSAGES_PER_SECOND, 1, session->context->now)) {
        return false;
    }
    //% endif
    //% if rate_bytes
    if (!rate_take(&session->bytes, CONFIG_BYTES_PER_SECOND, session->frame_length,
                   session->context->now)) {
        return false;
    }
    //% endif
    return true;
}
//% endif

static bool incoming_accept_length(struct session *session) {
    const char *fault = frame_length_fault(session->header);
    if (fault != NULL) {
        session_fail(session, CLOSE_PROTOCOL_ERROR, fault);
        return false;
    }
    if (!incoming_is_control(session) &&
        session->frame_length > session->context->max_message - session->message_size) {
        session_fail(session, CLOSE_MESSAGE_TOO_BIG, "message too big");
        return false;
    }
    //% if rate_limit
    if (!incoming_is_within_rates(session)) {
        session_fail(session, CLOSE_POLICY_VIOLATION, "rate limit exceeded");
        return false;
    }
    //% endif
    return true;
}

static void incoming_start_known(struct session *session) {
    if (session->state == SESSION_OPEN && !incoming_accept_start(session)) {
        return;
    }
    session->header_wanted = (uint8_t)(2 + frame_length_size(session->header[1]));
}

static void incoming_length_known(struct session *session) {
    session->frame_length = frame_length(session->header);
    session->frame_received = 0;
    if (session->state == SESSION_OPEN) {
        if (!incoming_accept_length(session)) {
            return;
        }
        if (!incoming_is_control(session)) {
            message_begin(session);
        }
    } else if (session->frame_length >> 63 != 0) {
        session_end(session, CLOSE_ABNORMAL, "", 0); // no frame boundary will ever be found again
        return;
    }
    if ((session->header[1] & FRAME_MASKED) != 0) {
        session->header_wanted += FRAME_MASKING_KEY_SIZE;
    }
}

// Judges what has become known of the header, as soon as it is.
static void incoming_advance(struct session *session) {
    size_t before_key = 2 + frame_length_size(session->header[1]);
    if (session->header_length == 2) {
        incoming_start_known(session);
    }
    if (session->state != SESSION_ENDED && session->header_length == before_key) {
        incoming_length_known(session);
    }
    session->in_payload = session->header_length == session->header_wanted;
}

static size_t incoming_header(struct session *session, const uint8_t *bytes, size_t length) {
    size_t used = 0;
    while (used < length && !session->in_payload && session->state != SESSION_ENDED) {
        size_t missing = (size_t)(session->header_wanted - session->header_length);
        size_t taken = length - used < missing ? length - used : missing;
        memcpy(session->header + session->header_length, bytes + used, taken);
        session->header_length += (uint8_t)taken;
        used += taken;
        if (taken == missing) {
            incoming_advance(session);
        }
    }
    return used;
}

void incoming_next_frame(struct session *session) {
    session->header_length = 0;
    session->header_wanted = 2;
    session->in_payload = false;
}

// RFC 6455 §7.4: what may stand in a Close.
static bool incoming_is_close_code(uint16_t code) {
    bool defined = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
    return defined || (code >= 3000 && code <= 4999);
}

static uint16_t incoming_close_code(const uint8_t *payload, size_t length) {
    if (length < 2) {
        return CLOSE_NO_STATUS;
    }
    return (uint16_t)((unsigned)payload[0] << 8 | payload[1]);
}

static const uint8_t *incoming_close_reason(const uint8_t *payload, size_t length) {
    return length > 2 ? payload + 2 : (const uint8_t *)"";
}

static void incoming_close(struct session *session, const uint8_t *payload, size_t length) {
    uint16_t code = incoming_close_code(payload, length);
    const uint8_t *reason = incoming_close_reason(payload, length);
    size_t reason_length = length > 2 ? length - 2 : 0;
    if (length == 1) {
        session_fail(session, CLOSE_PROTOCOL_ERROR, "invalid close frame");
    } else if (length >= 2 && !incoming_is_close_code(code)) {
        session_fail(session, CLOSE_PROTOCOL_ERROR, "invalid close code");
    } else if (!utf8_valid(reason, reason_length)) {
        session_fail(session, CLOSE_INVALID_PAYLOAD, "invalid UTF-8");
    } else {
        session_enter(session, SESSION_ENDED);
        outgoing_control(session, OPCODE_CLOSE, payload, length >= 2 ? 2 : 0);
        session_end(session, code, (const char *)reason, reason_length);
    }
}

// The answer to a Close of ours, which is not judged.
static void incoming_closed(struct session *session, const uint8_t *payload, size_t length) {
    uint16_t code = incoming_close_code(payload, length);
    const uint8_t *reason = incoming_close_reason(payload, length);
    size_t reason_length = length > 2 ? length - 2 : 0;
    session_end(session, code, (const char *)reason,
                utf8_valid(reason, reason_length) ? reason_length : 0);
}

static void incoming_control(struct session *session, uint8_t opcode, const uint8_t *payload,
                             size_t length) {
    if (session->state == SESSION_CLOSING) {
        if (opcode == OPCODE_CLOSE) {
            incoming_closed(session, payload, length);
        }
    } else if (opcode == OPCODE_CLOSE) {
        incoming_close(session, payload, length);
    } else if (opcode == OPCODE_PING) {
        outgoing_control(session, OPCODE_PONG, payload, length);
    }
}

static void incoming_control_part(struct session *session, uint8_t *bytes, size_t length) {
    uint8_t opcode = incoming_opcode(session);
    if ((session->header[1] & FRAME_MASKED) != 0) {
        mask_apply(bytes, length, incoming_masking_key(session), session->frame_received);
    }
    session->frame_received += length;
    if (length == session->frame_length) {
        incoming_next_frame(session);
        incoming_control(session, opcode, bytes, length);
        return;
    }
    session_keep(session, bytes, length);
    if (session->state != SESSION_ENDED && session->frame_received == session->frame_length) {
        struct buffer payload = session->kept;
        session->kept = (struct buffer){0};
        incoming_next_frame(session);
        incoming_control(session, opcode, payload.data, payload.length);
        buffer_free(&payload);
    }
}

// While closing, frames are measured and dropped; an oversized Close is one nevertheless.
static void incoming_drop(struct session *session, size_t length) {
    session->frame_received += length;
    if (session->frame_received < session->frame_length) {
        return;
    }
    incoming_next_frame(session);
    if (incoming_opcode(session) == OPCODE_CLOSE) {
        incoming_closed(session, NULL, 0);
    }
}

static void incoming_payload(struct session *session, uint8_t *bytes, size_t length) {
    if (incoming_is_control(session) && session->frame_length <= CONTROL_PAYLOAD_MAX) {
        incoming_control_part(session, bytes, length);
    } else if (session->state == SESSION_OPEN) {
        message_receive(session, bytes, length);
    } else {
        incoming_drop(session, length);
    }
}

size_t incoming_receive(struct session *session, uint8_t *bytes, size_t length) {
    size_t used = 0;
    if (!session->in_payload) {
        used = incoming_header(session, bytes, length);
        if (session->state == SESSION_ENDED || !session->in_payload) {
            return used;
        }
    }
    uint64_t missing = session->frame_length - session->frame_received;
    size_t taken = length - used < missing ? length - used : (size_t)missing;
    if (taken > 0 || missing == 0) {
        incoming_payload(session, bytes + used, taken);
    }
    return used + taken;
}
