#include "protocol/session.h"

#include "app/app.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/host.h"

//% if custom

static void session_handler_failed(struct session *session, const char *error) {
    host_handler_failed(session, error);
    session_close(session);
}

void session_open(struct session *session) {
    if (app_open(session) != 0) {
        session_handler_failed(session, "the open handler failed");
    }
}
//% endif
//% if custom or reliability_ack

void session_end(struct session *session) {
    session->ended = true;
    //% if custom
    app_close(session);
    //% endif
    //% if reliability_ack
    reliability_end(session);
    //% endif
}
//% endif

static void session_deliver(struct session *session, const uint8_t *data, size_t size) {
    //% if metrics
    uint64_t begin = metrics_clock();
    //% endif
    //% if custom
    if (app_message(session, data, size) != 0) {
        session_handler_failed(session, "the message handler failed");
    }
    //% endif
    //% if not custom
    (void)app_message(session, data, size); // cannot fail
    //% endif
    //% if metrics
    metrics_add(METRICS_MESSAGES_RECEIVED, 1);
    metrics_observe(METRICS_MESSAGE, begin);
    //% endif
}

void session_receive(struct session *session, const uint8_t *datagram, size_t length) {
    //% if peers
    if (session->ended) {
        return;
    }
    //% endif
    //% if reliability
    if (!reliability_accept(session, datagram)) {
        return;
    }
    datagram += HEADER_SIZE;
    length -= HEADER_SIZE;
    //% endif
    session_deliver(session, datagram, length);
}

void session_send(struct session *session, const uint8_t *data, size_t size) {
    //% if peers
    if (session->ended) {
        return;
    }
    //% endif
    //% if reliability
    reliability_send(session, data, size);
    //% endif
    //% if not reliability
    host_send(session, NULL, 0, data, size);
    //% endif
    //% if metrics
    metrics_add(METRICS_MESSAGES_SENT, 1);
    //% endif
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
//% if custom

void session_close(struct session *session) {
    if (!session->ended) {
        session->ended = true;
        host_end(session);
    }
}

const char *session_peer(const struct session *session) {
    return host_peer(session);
}
//% endif
