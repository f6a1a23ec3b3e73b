// What the files of the protocol share among themselves.
#ifndef INTERNAL_H
#define INTERNAL_H

#include "protocol/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// session.c: an error. What is owed goes out, nothing more is read.
void session_fail(struct session *session, const char *reason);
void session_handler_failed(struct session *session, const char *error);

// message.c
void message_deliver(struct session *session, const uint8_t *data, size_t size);
//% if overflow_pause or not framing_none
// Keeps bytes for later; a session that cannot is failed.
void message_keep(struct session *session, const uint8_t *bytes, size_t length);
//% endif

// incoming.c, or framing_none.c
void incoming_receive(struct session *session, const uint8_t *bytes, size_t length);
//% if framing_length
void incoming_receive_direct(struct session *session, size_t length);
//% endif

#endif
