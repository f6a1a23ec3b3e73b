// Messages from the peer. One that lies whole in the input is handed over from there; only the
// beginning of one that does not is kept.
#include "protocol/framing.h"
#include "protocol/internal.h"

//% if framing_length
static const uint64_t INCOMING_DIRECT_SMALLEST = 16384;
static const size_t INCOMING_DIRECT_STEP = 262144;

//% endif
static bool incoming_is_welcome(const struct session *session) {
    bool welcome = session->state == SESSION_OPEN;
    //% if overflow_pause
    welcome = welcome && !session->paused;
    //% endif
    return welcome;
}

// Handles the first message; gives the bytes that it used, 0 if there is no whole one.
static size_t incoming_next(struct session *session, struct framing_input input) {
    struct framing_message message;
    switch (framing_parse(input, session->context->max_message, &message)) {
    case FRAMING_WHOLE:
        message_deliver(session, message.payload, message.size);
        return message.used;
    case FRAMING_TOO_BIG:
        session_fail(session, "message too big");
        break;
    case FRAMING_PARTIAL:
        break;
    }
    return 0;
}

static void incoming_try_kept(struct session *session, size_t seen) {
    // The handler may end the session: its data must outlive that.
    struct buffer kept = session->kept;
    session->kept = (struct buffer){0};
    struct framing_input input = {.bytes = kept.data, .length = kept.length, .seen = seen};
    if (incoming_next(session, input) == 0 && session->state == SESSION_OPEN) {
        session->kept = kept;
    } else {
        buffer_pool_give(&session->context->pool, &kept);
    }
}

// Completes the message that is kept; gives the bytes that it used.
static size_t incoming_complete(struct session *session, const uint8_t *bytes, size_t length) {
    size_t done = 0;
    while (done < length && session->kept.length > 0 && incoming_is_welcome(session)) {
        size_t seen = session->kept.length;
        size_t share = framing_share(&session->kept, bytes + done, length - done);
        message_keep(session, bytes + done, share);
        done += share;
        if (session->state == SESSION_OPEN) {
            incoming_try_kept(session, seen);
        }
    }
    return done;
}

void incoming_receive(struct session *session, const uint8_t *bytes, size_t length) {
    size_t done = incoming_complete(session, bytes, length);
    size_t used = 1;
    while (used > 0 && done < length && incoming_is_welcome(session)) {
        struct framing_input input = {.bytes = bytes + done, .length = length - done};
        used = incoming_next(session, input);
        done += used;
    }
    if (done < length && session->state == SESSION_OPEN) {
        message_keep(session, bytes + done, length - done);
    }
}
//% if framing_length

// Continues a message that has become large in memory that large ones had before.
static void incoming_enlarge(struct session *session) {
    struct buffer small = session->kept;
    struct buffer large = {0};
    buffer_pool_take(&session->context->pool, &large);
    if (large.capacity > small.capacity && buffer_append(&large, small.data, small.length)) {
        session->kept = large;
        buffer_free(&small);
    } else {
        buffer_pool_give(&session->context->pool, &large);
    }
}

uint8_t *session_direct_room(struct session *session, size_t *room) {
    struct buffer *kept = &session->kept;
    uint64_t missing = framing_missing(kept);
    if (missing < INCOMING_DIRECT_SMALLEST) {
        return NULL;
    }
    if (kept->capacity - kept->length < missing) {
        incoming_enlarge(session);
    }
    // All that is missing where the memory is there already: each read tells the peer of new room
    // (a window update), and its kernel then sends on our time.
    size_t spare = kept->capacity - kept->length;
    size_t most = spare > INCOMING_DIRECT_STEP ? spare : INCOMING_DIRECT_STEP;
    size_t wanted = missing < most ? (size_t)missing : most;
    if (!buffer_reserve(kept, wanted)) {
        return NULL;
    }
    *room = wanted;
    return kept->data + kept->length;
}

void incoming_receive_direct(struct session *session, size_t length) {
    size_t seen = session->kept.length;
    session->kept.length += length;
    if (framing_missing(&session->kept) == 0) {
        incoming_try_kept(session, seen);
    }
}
//% endif
