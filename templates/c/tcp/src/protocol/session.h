// One connection without its socket: bytes go in, bytes come out through host.h, and the caller
// tells the time in the context.
#ifndef SESSION_H
#define SESSION_H

#include "protocol/buffer.h"
//% if rate_limit
#include "protocol/rate.h"
//% endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const uint64_t NEVER = UINT64_MAX;

enum session_state {
    //% if tls
    SESSION_HANDSHAKE, // of TLS
    //% endif
    SESSION_OPEN,
    SESSION_ENDED, // nothing will be owed any more; all input is dropped
};

// What the sessions of a worker share.
struct session_context {
    uint64_t now; // milliseconds of a clock that only moves forward; kept up to date by the caller
    size_t max_message;
    struct buffer_pool pool;
};

struct session {
    struct session_context *context;
    //% if custom
    void *user_data; // the handlers' own
    //% endif
    enum session_state state;
    bool app_open; // the app's open callback was called, its close callback not yet
    //% if overflow_pause
    bool paused; // messages wait for session_resume()
    //% endif
    //% if overflow_drop
    bool dropping; // no message is queued
    //% endif
    //% if overflow_pause or not framing_none
    struct buffer kept; // the beginning of a message, or what came while paused
    //% endif
    //% if idle_timeout
    uint64_t received_at;
    //% endif
    //% if rate_messages
    struct rate messages;
    //% endif
    //% if rate_bytes
    struct rate bytes;
    //% endif
};

void session_start(struct session *session, struct session_context *context);
// Lets the app know of it.
void session_open(struct session *session);

// Handles bytes from the peer.
void session_receive(struct session *session, const uint8_t *bytes, size_t length);
//% if framing_length

// Where the rest of a large message may be received without a copy; NULL if nowhere.
uint8_t *session_direct_room(struct session *session, size_t *room);
// Handles bytes that were received there.
void session_receive_direct(struct session *session, size_t length);
//% endif

// The peer's end of stream, or the loss of the connection.
void session_end_of_stream(struct session *session);
//% if idle_timeout

// When session_expire() is due.
uint64_t session_deadline(const struct session *session);
void session_expire(struct session *session);
//% endif
//% if overflow_pause

void session_pause(struct session *session);
void session_resume(struct session *session);
//% endif

// For the transport: the server shuts down. False when the peer is owed nothing.
bool session_dismiss(struct session *session);
//% if overflow_close
// The peer takes its messages too slowly.
void session_overflow(struct session *session);
//% endif

// For apps and handlers. Messages to a session that is not open are dropped.
void session_send(struct session *session, const uint8_t *data, size_t size);
//% if broadcast or custom
// To all other open sessions.
void session_broadcast(struct session *session, const uint8_t *data, size_t size);
//% endif
// No more messages, either way; what was sent before still arrives.
void session_close(struct session *session);
//% if custom
const char *session_peer(const struct session *session);
//% endif

#endif
