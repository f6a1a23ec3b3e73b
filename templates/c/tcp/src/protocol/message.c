// Messages, both ways.
#include "app/app.h"
//% if rate_limit
#include "config.h"
//% endif
//% if metrics
#include "metrics.h"
//% endif
//% if mail
#include "protocol/elsewhere.h"
//% endif
#include "protocol/framing.h"
#include "protocol/host.h"
#include "protocol/internal.h"

//% if rate_limit

static bool message_is_within_rates(struct session *session, size_t size) {
    //% if not rate_bytes
    (void)size;
    //% endif
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
    //% if metrics
    uint64_t begin = metrics_clock();
    //% endif
    int result = app_message(session, data, size);
    //% if metrics
    metrics_add(METRICS_MESSAGES_RECEIVED, 1);
    metrics_observe(METRICS_MESSAGE, begin);
    //% endif
    if (result != 0) {
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

//% if mail and custom
static void message_deliver_here(struct session *session, unsigned word, const uint8_t *data,
                                 size_t size) {
    (void)word;
    session_send(session, data, size);
}

//% endif
void session_send(struct session *session, const uint8_t *data, size_t size) {
    //% if mail and custom
    if (!host_is_own(session)) {
        host_forward(session, message_deliver_here, 0, data, size);
        return;
    }
    //% endif
    bool takes = session->state == SESSION_OPEN;
    //% if overflow_drop
    takes = takes && !session->dropping;
    //% endif
    if (takes) {
        framing_send(session, data, size);
        host_sent(session);
        //% if metrics
        metrics_add(METRICS_MESSAGES_SENT, 1);
        //% endif
    }
}
//% if broadcast or custom

// To all open sessions of a context but one.
static void message_to_all(const struct session_context *context, const struct session *sender,
                           const uint8_t *data, size_t size) {
    struct session *session = NULL;
    while ((session = host_next_session(context, session)) != NULL) {
        if (session != sender) {
            session_send(session, data, size);
        }
    }
}
//% endif
//% if mail

static void message_spread(struct session_context *context, unsigned word, const uint8_t *data,
                           size_t size) {
    (void)word;
    message_to_all(context, NULL, data, size);
}
//% endif
//% if mail and custom

static void message_broadcast_here(struct session *session, unsigned word, const uint8_t *data,
                                   size_t size) {
    (void)word;
    session_broadcast(session, data, size);
}
//% endif
//% if broadcast or custom

void session_broadcast(struct session *session, const uint8_t *data, size_t size) {
    //% if mail and custom
    if (!host_is_own(session)) {
        host_forward(session, message_broadcast_here, 0, data, size);
        return;
    }
    //% endif
    message_to_all(session->context, session, data, size);
    //% if mail
    host_spread(session, message_spread, 0, data, size);
    //% endif
}
//% endif
