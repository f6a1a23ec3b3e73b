// Your handlers; specgen wrote this file once and leaves it to you. They run in the event loop: one
// that waits makes every session wait. What they may call (protocol/session.h):
//
//   session_send(session, kind, data, size)       a message to this session
//   session_broadcast(session, kind, data, size)  a message to all other open sessions
//   session_close(session, code, reason)          a Close; 1000 and 3000-4999 are yours to use
//   session_peer(session)                         the peer's address as text
//% if subprotocols
//   session_subprotocol(session)                  the agreed subprotocol, or NULL
//% endif
//   session->user_data                            a pointer of your own, NULL at first
//% if threaded
//
// They run in several threads, but never two at a time; any session may be sent to from each.
//% endif
#include "handlers.h"

// After the handshake. Return 0, or anything else to close the session with 1011.
int on_open(struct session *session) {
    (void)session;
    return 0;
}

// A whole message. `data` is valid until the function returns. Text is valid UTF-8, without a NUL
// at its end. Return 0, or anything else to close the session with 1011.
int on_message(struct session *session, enum message_kind kind, const uint8_t *data, size_t size) {
    session_send(session, kind, data, size);
    return 0;
}

// The session is over: free what user_data points to. The code is 1005 when the peer gave none,
// 1006 when the connection was lost. `reason` has `length` bytes and no NUL at its end.
void on_close(struct session *session, uint16_t code, const char *reason, size_t length) {
    (void)session;
    (void)code;
    (void)reason;
    (void)length;
}
