#include "protocol/session.h"

#include "app/app.h"
#include "config.h"
//% if metrics
#include "metrics.h"
//% endif
//% if mail and custom
#include "protocol/elsewhere.h"
//% endif
#include "protocol/host.h"
#include "protocol/internal.h"

#include <string.h>

void session_start(struct session *session, struct session_context *context) {
    *session = (struct session){
        .context = context,
        .header_wanted = 2,
        .close_code = CLOSE_ABNORMAL,
    };
    session_enter(session, SESSION_HANDSHAKE);
    session->received_at = context->now;
    //% if metrics
    session->started_at = metrics_clock();
    //% endif
    //% if rate_messages
    session->messages = rate_full(CONFIG_MESSAGES_PER_SECOND, context->now);
    //% endif
    //% if rate_bytes
    session->bytes = rate_full(CONFIG_BYTES_PER_SECOND, context->now);
    //% endif
}

void session_enter(struct session *session, enum session_state state) {
    session->state = state;
    session->state_since = session->context->now;
}

void session_keep(struct session *session, const uint8_t *bytes, size_t length) {
    if (buffer_append(&session->kept, bytes, length)) {
        return;
    }
    if (session->state == SESSION_HANDSHAKE) {
        session_end(session, CLOSE_ABNORMAL, "", 0);
    } else {
        session_fail(session, CLOSE_INTERNAL_ERROR, "internal error");
    }
}

static void session_note_input(struct session *session) {
    session->received_at = session->context->now;
    //% if heartbeat
    session->ping_sent_at = 0;
    //% endif
}

static size_t session_step(struct session *session, uint8_t *bytes, size_t length) {
    if (session->state == SESSION_HANDSHAKE) {
        return handshake_receive(session, bytes, length);
    }
    //% if overflow_pause
    if (session->state == SESSION_OPEN && session->paused) {
        session_keep(session, bytes, length);
        return length;
    }
    //% endif
    return incoming_receive(session, bytes, length);
}

static void session_handle(struct session *session, uint8_t *bytes, size_t length) {
    size_t done = 0;
    while (done < length && session->state != SESSION_ENDED) {
        done += session_step(session, bytes + done, length - done);
    }
}

void session_receive(struct session *session, uint8_t *bytes, size_t length) {
    session_note_input(session);
    session_handle(session, bytes, length);
}
//% if overflow_pause

void session_pause(struct session *session) {
    session->paused = true;
}

void session_resume(struct session *session) {
    session->paused = false;
    session_note_input(session); // nobody listened to the peer: its silence starts now
    struct buffer kept = session->kept;
    session->kept = (struct buffer){0};
    session_handle(session, kept.data, kept.length);
    buffer_free(&kept);
}
//% endif

void session_end(struct session *session, uint16_t code, const char *reason, size_t length) {
    session_enter(session, SESSION_ENDED);
    session->close_code = code;
    if (session->app_open) {
        session->app_open = false;
        app_close(session, code, reason, length);
    }
    buffer_free(&session->kept);
    message_discard(session);
    //% if compression and server_takeover
    deflater_free(session->deflater);
    session->deflater = NULL;
    //% endif
}

void session_end_of_stream(struct session *session) {
    if (session->state != SESSION_ENDED) {
        session_end(session, CLOSE_ABNORMAL, "", 0);
    }
}

void session_fail(struct session *session, uint16_t code, const char *reason) {
    host_report(session, REPORT_FAILED, code, reason);
    session_enter(session, SESSION_ENDED);
    outgoing_close(session, code, reason);
    session_end(session, code, reason, strlen(reason));
}

//% if mail and custom
static void session_deliver_close(struct session *session, unsigned word, const uint8_t *data,
                                  size_t size) {
    (void)size;
    session_close(session, (uint16_t)word, (const char *)data);
}

//% endif
void session_close(struct session *session, uint16_t code, const char *reason) {
    //% if mail and custom
    if (!host_is_own(session)) {
        host_forward(session, session_deliver_close, code, (const uint8_t *)reason,
                     strlen(reason) + 1);
        return;
    }
    //% endif
    if (session->state == SESSION_OPEN) {
        session_enter(session, SESSION_CLOSING);
        outgoing_close(session, code, reason);
    }
}

bool session_dismiss(struct session *session) {
    session_close(session, CLOSE_GOING_AWAY, "server shutting down");
    return session->state != SESSION_HANDSHAKE;
}
//% if overflow_close

void session_overflow(struct session *session) {
    session_close(session, CLOSE_TRY_AGAIN_LATER, "too slow");
}
//% endif

void session_handler_failed(struct session *session, const char *error) {
    host_report(session, REPORT_HANDLER_FAILED, CLOSE_INTERNAL_ERROR, error);
    session_close(session, CLOSE_INTERNAL_ERROR, "internal error");
}
//% if heartbeat

static uint64_t session_heartbeat_deadline(const struct session *session) {
    if (session->context->ping_interval == 0) {
        return NEVER;
    }
    return session->ping_sent_at > 0 ? session->ping_sent_at + CONFIG_PING_TIMEOUT
                                     : session->received_at + session->context->ping_interval;
}

static void session_beat(struct session *session) {
    if (session->ping_sent_at > 0) {
        session->abandoned = true;
        session_fail(session, CLOSE_INTERNAL_ERROR, "ping timeout");
    } else {
        session->ping_sent_at = session->context->now;
        outgoing_control(session, OPCODE_PING, NULL, 0);
    }
}
//% endif
//% if heartbeat or idle_timeout

static uint64_t session_earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t session_open_deadline(const struct session *session) {
    //% if overflow_pause
    if (session->paused) {
        return NEVER;
    }
    //% endif
    uint64_t deadline = NEVER;
    //% if idle_timeout
    deadline = session_earlier(deadline, session->received_at + CONFIG_IDLE_TIMEOUT);
    //% endif
    //% if heartbeat
    deadline = session_earlier(deadline, session_heartbeat_deadline(session));
    //% endif
    return deadline;
}

static void session_expire_open(struct session *session) {
    //% if idle_timeout
    if (session->context->now >= session->received_at + CONFIG_IDLE_TIMEOUT) {
        session_close(session, CLOSE_GOING_AWAY, "idle timeout");
    }
    //% endif
    //% if heartbeat
    if (session->state == SESSION_OPEN &&
        session->context->now >= session_heartbeat_deadline(session)) {
        session_beat(session);
    }
    //% endif
}
//% endif

uint64_t session_deadline(const struct session *session) {
    switch (session->state) {
    case SESSION_HANDSHAKE:
        return session->state_since + CONFIG_HANDSHAKE_TIMEOUT;
    //% if heartbeat or idle_timeout
    case SESSION_OPEN:
        return session_open_deadline(session);
    //% endif
    case SESSION_CLOSING:
        return session->state_since + CONFIG_CLOSE_TIMEOUT;
    default:
        return NEVER;
    }
}

void session_expire(struct session *session) {
    if (session->context->now < session_deadline(session)) {
        return;
    }
    switch (session->state) {
    case SESSION_HANDSHAKE:
        handshake_expire(session);
        break;
    //% if heartbeat or idle_timeout
    case SESSION_OPEN:
        session_expire_open(session);
        break;
    //% endif
    default:
        session_end(session, CLOSE_ABNORMAL, "", 0);
        break;
    }
}

uint8_t *session_direct_room(struct session *session, size_t *room) {
    return session->state == SESSION_OPEN ? message_direct_room(session, room) : NULL;
}

void session_receive_direct(struct session *session, size_t length) {
    session_note_input(session);
    message_receive_direct(session, length);
}
//% if custom

const char *session_peer(const struct session *session) {
    return host_peer(session);
}
//% endif
//% if custom and subprotocols

const char *session_subprotocol(const struct session *session) {
    return session->subprotocol;
}
//% endif
