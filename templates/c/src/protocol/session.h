// One WebSocket connection without its socket: bytes go in, bytes come out through host.h, and the
// caller tells the time in the context.
#ifndef SESSION_H
#define SESSION_H

//% if auth
#include "protocol/bearer.h"
//% endif
#include "protocol/buffer.h"
//% if compression
#include "protocol/deflate.h"
#include "protocol/extension.h"
//% endif
#include "protocol/frame.h"
//% if rate_limit
#include "protocol/rate.h"
//% endif
//% if validate_utf8
#include "protocol/utf8.h"
//% endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static const uint64_t NEVER = UINT64_MAX;

// RFC 6455 §7.4.1
enum close_code {
    CLOSE_GOING_AWAY = 1001,
    CLOSE_PROTOCOL_ERROR = 1002,
    //% if text_only or binary_only
    CLOSE_UNSUPPORTED_DATA = 1003,
    //% endif
    CLOSE_NO_STATUS = 1005,
    CLOSE_ABNORMAL = 1006,
    CLOSE_INVALID_PAYLOAD = 1007,
    //% if rate_limit
    CLOSE_POLICY_VIOLATION = 1008,
    //% endif
    CLOSE_MESSAGE_TOO_BIG = 1009,
    CLOSE_INTERNAL_ERROR = 1011,
    //% if overflow_close
    CLOSE_TRY_AGAIN_LATER = 1013,
    //% endif
};

enum session_state {
    SESSION_HANDSHAKE,
    SESSION_OPEN,
    SESSION_CLOSING, // a Close was sent; frames are measured and dropped until the peer's
    SESSION_ENDED, // nothing is owed any more; all input is dropped
};

// What the sessions of a worker share.
struct session_context {
    uint64_t now; // milliseconds of a clock that only moves forward; kept up to date by the caller
    size_t max_message;
    //% if heartbeat
    uint64_t ping_interval; // 0: no heartbeat
    //% endif
    //% if compression
    bool compression;
    struct codec codec;
    //% endif
    struct buffer_pool pool;
    //% if auth
    const struct bearer_tokens *tokens;
    //% endif
};

struct session {
    struct session_context *context;
    //% if custom
    void *user_data; // the handlers' own
    //% endif
    enum session_state state;
    bool app_open; // the app's open callback was called, its close callback not yet
    //% if heartbeat
    bool abandoned; // ended: close the connection without waiting for the peer
    //% endif
    uint8_t in_message; // its opcode, or 0
    //% if validate_utf8
    struct utf8 utf8;
    //% endif
    struct buffer message; // its payload so far
    uint64_t message_size; // the payload lengths of its frames so far

    // A head, a control frame's payload or unhandled frames, while incomplete.
    struct buffer kept;
    uint8_t header[FRAME_HEADER_MAX];
    uint8_t header_length;
    uint8_t header_wanted;
    bool in_payload; // the header is complete
    uint64_t frame_length;
    uint64_t frame_received;

    uint64_t state_since;
    //% if metrics
    uint64_t started_at; // in nanoseconds of metrics_clock()
    //% endif
    uint64_t received_at;
    //% if heartbeat
    uint64_t ping_sent_at; // 0: no answer awaited
    //% endif
    uint16_t close_code;
    //% if rate_messages
    struct rate messages;
    //% endif
    //% if rate_bytes
    struct rate bytes;
    //% endif
    //% if subprotocols
    const char *subprotocol; // NULL: none
    //% endif
    //% if overflow_pause
    bool paused; // frames wait for session_resume()
    //% endif
    //% if overflow_drop
    bool dropping; // no data message is queued
    //% endif
    //% if compression
    struct deflate_terms deflate;
    bool compressed; // the message that arrives
    z_stream *inflater; // for the time of a compressed message, or with its context for longer
    //% if server_takeover
    z_stream *deflater;
    //% endif
    //% endif
};

void session_start(struct session *session, struct session_context *context);

// Handles bytes from the peer; they are changed in place.
void session_receive(struct session *session, uint8_t *bytes, size_t length);

// Where the payload of a large frame may be received without a copy; NULL if nowhere.
uint8_t *session_direct_room(struct session *session, size_t *room);
// Handles bytes that were received there.
void session_receive_direct(struct session *session, size_t length);

// The peer's end of stream, or the loss of the connection.
void session_end_of_stream(struct session *session);

// When session_expire() is due.
uint64_t session_deadline(const struct session *session);
void session_expire(struct session *session);
//% if overflow_pause

void session_pause(struct session *session);
void session_resume(struct session *session);
//% endif

// For the transport: the server shuts down. False when the peer is owed nothing, not even a Close.
bool session_dismiss(struct session *session);
//% if overflow_close
// The peer takes its messages too slowly.
void session_overflow(struct session *session);
//% endif

// For apps and handlers. Messages to a session that is not open are dropped; UTF-8 of text is the
// sender's duty.
enum message_kind {
    MESSAGE_TEXT = OPCODE_TEXT,
    MESSAGE_BINARY = OPCODE_BINARY,
};

void session_send(struct session *session, enum message_kind kind, const uint8_t *data,
                  size_t size);
//% if broadcast or custom
// To all other open sessions.
void session_broadcast(struct session *session, enum message_kind kind, const uint8_t *data,
                       size_t size);
//% endif
// A reason has at most 123 bytes; a longer one is cut between two characters.
void session_close(struct session *session, uint16_t code, const char *reason);
//% if custom
const char *session_peer(const struct session *session);
//% endif
//% if custom and subprotocols
const char *session_subprotocol(const struct session *session);
//% endif

#endif
