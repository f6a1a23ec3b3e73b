// Messages, both ways.
#include "app/app.h"
//% if rate_limit
#include "config.h"
//% endif
#include "protocol/framing.h"
#include "protocol/host.h"
#include "protocol/internal.h"

//% if rate_limit

static bool message_is_within_rates(struct session *session, size_t size) {
    uint64_t now = session->context->now;
    //% if rate_messages
    if (!rate_take(&session->messages, CONFIG_MESSAGES_PER_SECOND, 1, now)) {
        return false;
    }
    //% endif
    //% if rate_bytes
    if (!rate_take(&session->bytes, CONFIG_BYTES_PER_SECOND, size, now)) {
        return false;
    }
    //% endif
    return true;
}
//% endif

void message_deliver(struct session *session, const uint8_t *data, size_t size) {
    //% if rate_limit
    if (!message_is_within_rates(session, size)) {
        session_fail(session, "rate limit exceeded");
        return;
    }
    //% endif
    if (app_message(session, data, size) != 0) {
        session_handler_failed(session, "the message handler failed");
    }
}
//% if overflow_pause or not framing_none

void message_keep(struct session *session, const uint8_t *bytes, size_t length) {
    if (!buffer_append(&session->kept, bytes, length)) {
        session_fail(session, "internal error");
    }
}
//% endif

void session_send(struct session *session, const uint8_t *data, size_t size) {
    bool takes = session->state == SESSION_OPEN;
    //% if overflow_drop
    takes = takes && !session->dropping;
    //% endif
    if (takes) {
        framing_send(session, data, size);
        host_sent(session);
    }
}
//% if broadcast or custom

void session_broadcast(struct session *session, const uint8_t *data, size_t size) {
    struct session *other = NULL;
    while ((other = host_next_session(session, other)) != NULL) {
        if (other != session) {
            session_send(other, data, size);
        }
    }
}
//% endif
