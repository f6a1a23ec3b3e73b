// Messages from the peer, put together as their frames arrive (RFC 6455 §5.4).
#include "app/app.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/internal.h"
#include "protocol/mask.h"

static const size_t MESSAGE_DIRECT_SMALLEST = 16384;
static const size_t MESSAGE_DIRECT_STEP = 262144;

void message_begin(struct session *session) {
    session->message_size += session->frame_length;
    if (incoming_opcode(session) != OPCODE_CONTINUATION) {
        session->in_message = incoming_opcode(session);
        //% if compression
        session->compressed = (session->header[0] & FRAME_RSV1) != 0;
        //% endif
    }
}

static void message_reset(struct session *session) {
    session->in_message = 0;
    session->message_size = 0;
    //% if validate_utf8
    session->utf8 = (struct utf8){0};
    //% endif
}

static void message_deliver(struct session *session, const uint8_t *data, size_t size) {
    enum message_kind kind = (enum message_kind)session->in_message;
    message_reset(session);
    //% if metrics
    uint64_t begin = metrics_clock();
    //% endif
    int result = app_message(session, kind, data, size);
    //% if metrics
    metrics_add(METRICS_MESSAGES_RECEIVED, 1);
    metrics_observe(METRICS_MESSAGE, begin);
    //% endif
    if (result != 0) {
        session_handler_failed(session, "the message handler failed");
    }
}
//% if validate_utf8

static bool message_is_text_possible(struct session *session, const uint8_t *bytes, size_t length) {
    if (session->in_message != OPCODE_TEXT || utf8_feed(&session->utf8, bytes, length)) {
        return true;
    }
    session_fail(session, CLOSE_INVALID_PAYLOAD, "invalid UTF-8");
    return false;
}

static bool message_is_text_whole(struct session *session) {
    if (session->utf8.missing == 0) {
        return true;
    }
    session_fail(session, CLOSE_INVALID_PAYLOAD, "invalid UTF-8");
    return false;
}
//% endif
//% if compression

static void message_release_inflater(struct session *session) {
    if (session->inflater != NULL) {
        codec_give_inflater(&session->context->codec, session->inflater);
        session->inflater = NULL;
    }
}

static bool message_accept_inflated(struct session *session, enum inflate_result result) {
    switch (result) {
    case INFLATE_DONE:
        return true;
    case INFLATE_INVALID:
        session_fail(session, CLOSE_INVALID_PAYLOAD, "invalid compressed data");
        break;
    case INFLATE_TOO_BIG:
        session_fail(session, CLOSE_MESSAGE_TOO_BIG, "message too big");
        break;
    case INFLATE_NO_MEMORY:
        session_fail(session, CLOSE_INTERNAL_ERROR, "internal error");
        break;
    }
    return false;
}
//% endif
//% if compression and validate_utf8

// What was inflated before a fault is judged before it.
static bool message_is_inflated_text_possible(struct session *session, size_t before) {
    size_t limit = session->context->max_message;
    size_t length = session->message.length < limit ? session->message.length : limit;
    return length <= before ||
           message_is_text_possible(session, session->message.data + before, length - before);
}
//% endif
//% if compression

static bool message_inflate(struct session *session, uint8_t *bytes, size_t length) {
    if (session->inflater == NULL) {
        session->inflater = codec_take_inflater(&session->context->codec);
    }
    if (session->inflater == NULL) {
        return message_accept_inflated(session, INFLATE_NO_MEMORY);
    }
    buffer_pool_take(&session->context->pool, &session->message);
    //% if validate_utf8
    size_t before = session->message.length;
    //% endif
    enum inflate_result result = inflate_feed(session->inflater, bytes, length, &session->message,
                                              session->context->max_message);
    //% if validate_utf8
    if (!message_is_inflated_text_possible(session, before)) {
        return false;
    }
    //% endif
    return message_accept_inflated(session, result);
}

static bool message_finish_inflating(struct session *session) {
    //% if validate_utf8
    size_t before = session->message.length;
    //% endif
    enum inflate_result result =
        inflate_finish(session->inflater, &session->message, session->context->max_message);
    //% if validate_utf8
    if (!message_is_inflated_text_possible(session, before)) {
        return false;
    }
    //% endif
    //% if client_takeover
    if (!session->deflate.client_no_context_takeover) {
        return message_accept_inflated(session, result);
    }
    //% endif
    message_release_inflater(session);
    return message_accept_inflated(session, result);
}
//% endif

void message_discard(struct session *session) {
    buffer_pool_give(&session->context->pool, &session->message);
    message_reset(session);
    //% if compression
    message_release_inflater(session);
    //% endif
}

// Unmasks and judges payload that needs no inflating.
static bool message_accept_plain(struct session *session, uint8_t *bytes, size_t length) {
    mask_apply(bytes, length, incoming_masking_key(session), session->frame_received);
    //% if validate_utf8
    if (!message_is_text_possible(session, bytes, length)) {
        return false;
    }
    //% endif
    session->frame_received += length;
    return true;
}

static void message_collect(struct session *session, uint8_t *bytes, size_t length) {
    //% if compression
    if (session->compressed) {
        mask_apply(bytes, length, incoming_masking_key(session), session->frame_received);
        session->frame_received += length;
        (void)message_inflate(session, bytes, length);
        return;
    }
    //% endif
    if (!message_accept_plain(session, bytes, length)) {
        return;
    }
    if (session->frame_length >= MESSAGE_DIRECT_SMALLEST) {
        buffer_pool_take(&session->context->pool, &session->message);
    }
    if (!buffer_append(&session->message, bytes, length)) {
        session_fail(session, CLOSE_INTERNAL_ERROR, "internal error");
    }
}

static void message_finish(struct session *session) {
    //% if compression
    if (session->compressed && !message_finish_inflating(session)) {
        return;
    }
    //% endif
    //% if validate_utf8
    if (!message_is_text_whole(session)) {
        return;
    }
    //% endif
    // The handler may end the session: its data must outlive that.
    struct buffer message = session->message;
    session->message = (struct buffer){0};
    message_deliver(session, message.length > 0 ? message.data : (const uint8_t *)"",
                    message.length);
    buffer_pool_give(&session->context->pool, &message);
}

static void message_end_frame(struct session *session) {
    if (session->frame_received < session->frame_length) {
        return;
    }
    bool ends_message = !incoming_is_control(session) && incoming_is_final(session);
    incoming_next_frame(session);
    if (ends_message && session->state == SESSION_OPEN) {
        message_finish(session);
    }
}

// A message of one frame that lies whole in the input is handed over without a copy.
static bool message_is_whole(const struct session *session, size_t length) {
    //% if compression
    if (session->compressed) {
        return false;
    }
    //% endif
    return session->frame_length == length && incoming_is_final(session) &&
           incoming_opcode(session) != OPCODE_CONTINUATION;
}

static void message_take_whole(struct session *session, uint8_t *bytes, size_t length) {
    if (!message_accept_plain(session, bytes, length)) {
        return;
    }
    //% if validate_utf8
    if (!message_is_text_whole(session)) {
        return;
    }
    //% endif
    incoming_next_frame(session);
    message_deliver(session, bytes, length);
}

void message_receive(struct session *session, uint8_t *bytes, size_t length) {
    if (message_is_whole(session, length)) {
        message_take_whole(session, bytes, length);
        return;
    }
    message_collect(session, bytes, length);
    message_end_frame(session);
}

uint8_t *message_direct_room(struct session *session, size_t *room) {
    uint64_t missing = session->frame_length - session->frame_received;
    if (!session->in_payload || incoming_is_control(session) || missing < MESSAGE_DIRECT_SMALLEST) {
        return NULL;
    }
    //% if compression
    if (session->compressed) {
        return NULL;
    }
    //% endif
    struct buffer *message = &session->message;
    buffer_pool_take(&session->context->pool, message);
    // All that is missing where the memory is there already: each read tells the peer of new room
    // (a window update), and its kernel then sends on our time.
    size_t spare = message->capacity - message->length;
    size_t most = spare > MESSAGE_DIRECT_STEP ? spare : MESSAGE_DIRECT_STEP;
    size_t wanted = missing < most ? (size_t)missing : most;
    if (!buffer_reserve(message, wanted)) {
        return NULL;
    }
    *room = wanted;
    return message->data + message->length;
}

void message_receive_direct(struct session *session, size_t length) {
    struct buffer *message = &session->message;
    if (message_accept_plain(session, message->data + message->length, length)) {
        message->length += length;
        message_end_frame(session);
    }
}
