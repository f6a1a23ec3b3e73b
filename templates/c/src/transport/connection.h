// One socket with the session on it: reading, writing, backpressure and deadlines.
#ifndef CONNECTION_H
#define CONNECTION_H

#include "protocol/buffer.h"
#include "protocol/session.h"
#include "transport/address.h"
//% if io_iocp and posix
#ifdef _WIN32
//% endif
//% if io_iocp
#include "transport/iocp.h"
//% endif
//% if io_iocp and posix
#endif
//% endif
//% if tls
#include "transport/secure.h"
//% endif
#include "transport/timers.h"
//% if io_uring
#include "transport/uring.h"
//% endif

//% if mail and custom
#include <stdatomic.h>
//% endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker;

struct connection {
    struct session session; // first: its address is the connection's
    struct worker *worker;
    struct connection *previous, *next; // of all connections
    struct connection *next_unsettled;
    struct connection *next_lost;
    //% if per_client
    struct client *client;
    //% endif
    struct timer timer;
    struct buffer output; // what the kernel has not taken; its first `sent` bytes are gone
    size_t sent;
    //% if tls
    struct secure secure;
    //% endif
    uint64_t progress_at; // the kernel took output, or some became pending
    uint64_t ended_at; // the session ended, or its last byte was sent; 0: neither
    int fd;
    bool blocked; // the kernel takes no more output for now
    bool unsettled; // in the worker's list of that name
    bool finished; // the peer's end of stream was read
    bool shut; // the sending side was shut down
    bool lost; // the socket is closed; freed at the end of the turn
    bool admitted; // counted as open
    //% if mail and custom
    atomic_size_t letters; // to the session, that were not read yet
    //% endif
    //% if cork
    bool corked; // output may be held back by the kernel
    //% endif
    //% if overflow_pause
    bool congested; // above the watermark, and not yet down at half of it
    //% endif
    //% if overflow_pause and (broadcast or custom)
    bool waiting; // paused for other connections that are congested
    //% endif
    char peer[ADDRESS_PEER_SIZE];

    // The transport's own.
    //% if (io_epoll or io_kqueue) and not edge
    bool watches_input, watches_output;
    //% endif
    //% if edge
    struct connection *previous_ready, *next_ready;
    bool ready; // input may be there
    bool hung; // an end of stream or an error may be there
    bool queued; // among the ready, or being served
    //% endif
    //% if io_uring
    struct uring_connection uring;
    //% endif
    //% if io_iocp and posix
#ifdef _WIN32
    //% endif
    //% if io_iocp
    struct iocp_connection iocp;
    //% endif
    //% if io_iocp and posix
#endif
    //% endif
    //% if io_poll or io_wsapoll or io_select and windows
    size_t place;
    //% endif
};

// NULL when memory or descriptors are short; the socket is then still the caller's.
struct connection *connection_create(struct worker *worker, int fd, const struct address *address);
void connection_free(struct connection *connection);

bool connection_wants_input(const struct connection *connection);

// The transport's events.
//% if direct_input
// The first `direct` bytes of the worker's read are in the session's message already.
//% endif
void connection_receive(struct connection *connection, uint8_t *bytes, size_t length);
void connection_finish(struct connection *connection); // the peer's end of stream
void connection_writable(struct connection *connection);

void connection_expire(struct connection *connection);
struct connection *connection_of_timer(struct timer *timer);

// Sends what is owed and does what follows from the session's state.
void connection_settle(struct connection *connection);
// Closes the socket at once.
void connection_lose(struct connection *connection);

#endif
