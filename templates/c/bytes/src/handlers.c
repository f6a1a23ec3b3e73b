// Your handlers; specgen wrote this file once and leaves it to you. They run in the event loop: one
// that waits makes every session wait. What they may call (protocol/session.h):
//
//   session_send(session, data, size)       a message to this session
//   session_broadcast(session, data, size)  a message to all other open sessions
//   session_close(session)                  no more messages; what was sent still arrives
//   session_peer(session)                   the peer's address as text
//   session->user_data                      a pointer of your own, NULL at first
//% if threaded
//
// They run in several threads, but never two at a time; any session may be sent to from each.
//% endif
#include "handlers.h"

//% if tcp
// A connection was made. Return 0, or anything else to close it.
//% endif
//% if udp
// A peer's first datagram came. Return 0, or anything else to forget the peer.
//% endif
int on_open(struct session *session) {
    (void)session;
    return 0;
}

//% if tcp
// A whole message without its framing. `data` is valid until the function returns. Return 0, or
// anything else to close the session.
//% endif
//% if udp
// A datagram. `data` is valid until the function returns. Return 0, or anything else to forget the
// peer.
//% endif
int on_message(struct session *session, const uint8_t *data, size_t size) {
    session_send(session, data, size);
    return 0;
}

// The session is over: free what user_data points to.
void on_close(struct session *session) {
    (void)session;
}
