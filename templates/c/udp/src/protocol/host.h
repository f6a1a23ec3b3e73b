// What a session asks of the program around it; the transport answers.
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

struct session;

// Why a datagram is dropped.
enum drop {
    DROP_TOO_LONG,
    DROP_NOT_SENT,
    //% if datagram_rate
    DROP_RATE_LIMIT,
    //% endif
    //% if reliability
    DROP_MALFORMED,
    DROP_DUPLICATE,
    //% endif
    //% if reliability_sequence
    DROP_LATE,
    //% endif
    //% if reliability_ack
    DROP_BEYOND_WINDOW,
    DROP_WINDOW_FULL,
    //% endif
    DROP_CAUSES,
};

// Queues a datagram that consists of two parts.
void host_send(struct session *session, const uint8_t *head, size_t head_length,
               const uint8_t *body, size_t body_length);
//% if reliability

void host_drop(enum drop cause);
//% endif
//% if reliability_ack

// reliability_acknowledge() is due at the end of the turn.
void host_owe(struct session *session);
// reliability_expire() is due at that time.
void host_arm(struct session *session, uint64_t at);
// The peer no longer answers: it is forgotten at the end of the turn.
void host_lose(struct session *session);
//% endif
//% if custom

// The peer is forgotten at the end of the turn.
void host_end(struct session *session);
void host_handler_failed(const struct session *session, const char *error);
// The peer's address.
const char *host_peer(const struct session *session);
//% endif
//% if broadcast or custom

// Steps through all peers; NULL begins and ends.
struct session *host_next_session(const struct session *self, const struct session *previous);
//% endif

#endif
