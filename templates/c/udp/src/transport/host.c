// The transport's answers to what sessions ask.
#include "protocol/host.h"

//% if custom or reliability_ack
#include "log.h"
//% endif
//% if not peers
#include "protocol/session.h"
//% endif
//% if reliability
#include "transport/drops.h"
//% endif
//% if peers
#include "transport/server.h"
//% endif
#include "transport/worker.h"

static struct outbox *host_outbox(const struct session *session) {
    //% if not peers
    return &session->worker->outbox;
    //% endif
    //% if peers
    return &((const struct peer *)session)->server->worker->outbox;
    //% endif
}

static const struct address *host_address(const struct session *session) {
    //% if not peers
    return session->sender;
    //% endif
    //% if peers
    return &((const struct peer *)session)->address;
    //% endif
}

void host_send(struct session *session, const uint8_t *head, size_t head_length,
               const uint8_t *body, size_t body_length) {
    outbox_put(host_outbox(session), host_address(session), head, head_length, body, body_length);
}
//% if reliability

void host_drop(enum drop cause) {
    drops_count(cause, 1);
}
//% endif
//% if reliability_ack

void host_owe(struct session *session) {
    struct peer *peer = (struct peer *)session;
    peer->next_owing = peer->server->peers.owing;
    peer->server->peers.owing = peer;
}

void host_arm(struct session *session, uint64_t at) {
    struct peer *peer = (struct peer *)session;
    bool is_set = peer->timer.slot > 0;
    if (!session->ended && (!is_set || at < peer->timer.at)) {
        timers_set(&peer->server->peers.timers, &peer->timer, at);
    }
}

void host_lose(struct session *session) {
    struct peer *peer = (struct peer *)session;
    const struct log_field field = log_text("peer", peer->text);
    log_event(LOG_INFO, "lost", &field, 1);
    peers_forget(&peer->server->peers, peer);
}
//% endif
//% if custom

void host_end(struct session *session) {
    struct peer *peer = (struct peer *)session;
    peers_forget(&peer->server->peers, peer);
}

void host_handler_failed(const struct session *session, const char *error) {
    const struct log_field fields[] = {
        log_text("peer", host_peer(session)),
        log_text("error", error),
    };
    log_event(LOG_ERROR, "handler-failed", fields, sizeof fields / sizeof *fields);
}

const char *host_peer(const struct session *session) {
    return ((const struct peer *)session)->text;
}
//% endif
//% if broadcast or custom

struct session *host_next_session(const struct session *self, const struct session *previous) {
    const struct peer *after = (const struct peer *)previous;
    struct peer *next =
        after != NULL ? after->older : ((const struct peer *)self)->server->peers.newest;
    return next != NULL ? &next->session : NULL;
}
//% endif
