//% if not peers
// The sender of the datagram at hand, without its socket.
//% endif
//% if peers
// A peer without its socket: datagrams come in, datagrams go out through host.h, and the caller
// tells the time in the context.
//% endif
#ifndef SESSION_H
#define SESSION_H

//% if reliability
#include "protocol/reliability.h"
//% endif

//% if peers
#include <stdbool.h>
//% endif
#include <stddef.h>
#include <stdint.h>

static const uint64_t NEVER = UINT64_MAX;
//% if not peers

struct address;
struct worker;
//% endif

//% if peers
// What all sessions share.
struct session_context {
    uint64_t now; // milliseconds of a clock that only moves forward; kept up to date by the caller
};
//% endif

struct session {
    //% if not peers
    struct worker *worker; // the host's own, both
    const struct address *sender;
    //% endif
    //% if peers
    struct session_context *context;
    //% endif
    //% if custom
    void *user_data; // the handlers' own
    //% endif
    //% if peers
    bool ended; // nothing is sent or delivered any more
    //% endif
    //% if reliability
    struct reliability reliability;
    //% endif
};
//% if custom

void session_open(struct session *session);
//% endif
//% if custom or reliability_ack
// Before the peer is forgotten.
void session_end(struct session *session);
//% endif

void session_receive(struct session *session, const uint8_t *datagram, size_t length);

// For apps and handlers.
void session_send(struct session *session, const uint8_t *data, size_t size);
//% if broadcast or custom
// To all other known peers.
void session_broadcast(struct session *session, const uint8_t *data, size_t size);
//% endif
//% if custom
// Forgets the peer; a further datagram of it opens a new session.
void session_close(struct session *session);
const char *session_peer(const struct session *session);
//% endif

#endif
