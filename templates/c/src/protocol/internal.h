// What the files of the protocol share among themselves.
#ifndef INTERNAL_H
#define INTERNAL_H

#include "protocol/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// handshake.c, incoming.c: both receive functions return how many bytes they used.
size_t handshake_receive(struct session *session, const uint8_t *bytes, size_t length);
void handshake_expire(struct session *session);
size_t incoming_receive(struct session *session, uint8_t *bytes, size_t length);
void incoming_next_frame(struct session *session);

// message.c
void message_begin(struct session *session);
// Payload of the data frame at hand, not more than it lacks.
void message_receive(struct session *session, uint8_t *bytes, size_t length);
uint8_t *message_direct_room(struct session *session, size_t *room);
void message_receive_direct(struct session *session, size_t length);
// Drops the message that has begun, with all that it holds.
void message_discard(struct session *session);

// outgoing.c
void outgoing_control(struct session *session, enum opcode opcode, const uint8_t *payload,
                      size_t length);
void outgoing_close(struct session *session, uint16_t code, const char *reason);

// session.c: changes of state.
void session_enter(struct session *session, enum session_state state);
// RFC 6455 §7.1.7: a Close, and nothing more is read.
void session_fail(struct session *session, uint16_t code, const char *reason);
// The closing handshake is over, or cannot be.
void session_end(struct session *session, uint16_t code, const char *reason, size_t length);
void session_handler_failed(struct session *session, const char *error);
// Appends to what is kept; a session that cannot is failed.
void session_keep(struct session *session, const uint8_t *bytes, size_t length);

// The frame at hand.
static inline bool incoming_is_control(const struct session *session) {
    return (session->header[0] & FRAME_CONTROL) != 0;
}

static inline uint8_t incoming_opcode(const struct session *session) {
    return session->header[0] & FRAME_OPCODE;
}

static inline bool incoming_is_final(const struct session *session) {
    return (session->header[0] & FRAME_FIN) != 0;
}

static inline const uint8_t *incoming_masking_key(const struct session *session) {
    return session->header + session->header_wanted - FRAME_MASKING_KEY_SIZE;
}

#endif
