#include "protocol/session.h"

#include "app/app.h"
//% if rate_limit or idle_timeout
#include "config.h"
//% endif
//% if mail and custom
#include "protocol/elsewhere.h"
//% endif
#include "protocol/host.h"
#include "protocol/internal.h"

void session_start(struct session *session, struct session_context *context) {
    *session = (struct session){.context = context};
    //% if idle_timeout
    session->received_at = context->now;
    //% endif
    //% if rate_messages
    session->messages = rate_full(CONFIG_MESSAGES_PER_SECOND, context->now);
    //% endif
    //% if rate_bytes
    session->bytes = rate_full(CONFIG_BYTES_PER_SECOND, context->now);
    //% endif
}

void session_open(struct session *session) {
    //% if tls
    session->state = SESSION_OPEN;
    //% endif
    //% if tls and idle_timeout
    session->received_at = session->context->now;
    //% endif
    host_report(session, REPORT_OPENED, "");
    session->app_open = true;
    if (app_open(session) != 0) {
        session_handler_failed(session, "the open handler failed");
    }
}

static void session_end(struct session *session) {
    session->state = SESSION_ENDED;
    //% if overflow_pause or not framing_none
    buffer_free(&session->kept);
    //% endif
    host_end(session);
}

// The app's close callback waits for the connection's end: the app itself may be what ends the
// session, and would not expect the callback in the midst of its work.
void session_end_of_stream(struct session *session) {
    if (session->state != SESSION_ENDED) {
        session_end(session);
    }
    if (session->app_open) {
        session->app_open = false;
        app_close(session);
    }
}

void session_fail(struct session *session, const char *reason) {
    host_report(session, REPORT_FAILED, reason);
    session_end(session);
}

void session_handler_failed(struct session *session, const char *error) {
    host_report(session, REPORT_HANDLER_FAILED, error);
    if (session->state == SESSION_OPEN) {
        session_fail(session, "internal error");
    }
}

//% if mail and custom
static void session_deliver_close(struct session *session, unsigned word, const uint8_t *data,
                                  size_t size) {
    (void)word;
    (void)data;
    (void)size;
    session_close(session);
}

//% endif
void session_close(struct session *session) {
    //% if mail and custom
    if (!host_is_own(session)) {
        host_forward(session, session_deliver_close, 0, NULL, 0);
        return;
    }
    //% endif
    if (session->state == SESSION_OPEN) {
        session_end(session);
    }
}

bool session_dismiss(struct session *session) {
    session_close(session);
    //% if tls
    return session->state != SESSION_HANDSHAKE;
    //% endif
    //% if not tls
    return true;
    //% endif
}
//% if overflow_close

void session_overflow(struct session *session) {
    if (session->state == SESSION_OPEN) {
        session_fail(session, "too slow");
    }
}
//% endif

void session_receive(struct session *session, const uint8_t *bytes, size_t length) {
    //% if idle_timeout
    session->received_at = session->context->now;
    //% endif
    if (session->state == SESSION_OPEN) {
        incoming_receive(session, bytes, length);
    }
}
//% if framing_length

void session_receive_direct(struct session *session, size_t length) {
    //% if idle_timeout
    session->received_at = session->context->now;
    //% endif
    incoming_receive_direct(session, length);
}
//% endif
//% if overflow_pause

void session_pause(struct session *session) {
    session->paused = true;
}

void session_resume(struct session *session) {
    session->paused = false;
    struct buffer kept = session->kept;
    session->kept = (struct buffer){0};
    // Nobody listened to the peer: its silence starts now.
    session_receive(session, kept.data, kept.length);
    buffer_free(&kept);
}
//% endif
//% if idle_timeout

uint64_t session_deadline(const struct session *session) {
    bool listens = session->state == SESSION_OPEN;
    //% if overflow_pause
    listens = listens && !session->paused;
    //% endif
    return listens ? session->received_at + CONFIG_IDLE_TIMEOUT : NEVER;
}

void session_expire(struct session *session) {
    if (session->context->now >= session_deadline(session)) {
        session_close(session);
    }
}
//% endif
//% if custom

const char *session_peer(const struct session *session) {
    return host_peer(session);
}
//% endif
