// One event loop: its connections and what they share.
#ifndef WORKER_H
#define WORKER_H

#include "protocol/session.h"
//% if edge
#include "transport/edge.h"
//% endif
//% if mail
#include "transport/mail.h"
//% endif
#include "transport/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct connection;
struct driver;
//% if tls
struct secure_desk;
//% endif
struct server;

struct worker {
    struct session_context context; // first: its address is the worker's
    struct server *server;
    struct timers timers;
    int listener; // -1 once draining
    int wake; // raised when worker_woken() is due (wake.h)
    //% if threaded
    bool listed; // among the server's workers
    struct worker *previous, *next;
    //% endif
    //% if mail
    struct mailbox mailbox;
    //% endif
    struct driver *driver; // the transport's own
    //% if edge
    struct edge edge; // likewise
    //% endif
    //% if readiness
    uint8_t *receive_buffer;
    //% endif
    //% if direct_input
    size_t direct; // of the read at hand: how much of it goes into a message at once
    //% endif
    //% if tls
    struct secure_desk *desk;
    //% endif
    uint8_t *send_buffer; // output that `current` has collected
    size_t collected;
    struct connection *current; // whose input is being handled
    struct connection *connections; // all, lost ones included
    size_t connection_count; // likewise
    struct connection *unsettled;
    struct connection *lost;
    uint64_t accept_again_at; // NEVER unless accepting has paused
    uint64_t drain_until; // NEVER unless draining
};

// Takes over the listening socket. False and errno on failure; worker_close() is still due.
bool worker_open(struct worker *worker, int listener, int wake);
void worker_close(struct worker *worker);
//% if threaded

// Has worker_woken() called; for all threads.
void worker_notify(const struct worker *worker);
//% endif
//% if threaded and custom

// Whether the calling thread is the worker's, which it says at its start.
bool worker_is_here(const struct worker *worker);
void worker_settle_here(const struct worker *worker);
//% endif

//% if polled
// Accepts a socket; -1 if there is none, or no descriptor for it.
int worker_accept(struct worker *worker, struct address *address);
//% endif
//% if io_uring or io_iocp
// Accepting pauses where descriptors or memory are short.
void worker_accept_failed(struct worker *worker, int error);
//% endif
void worker_woken(struct worker *worker);

// Reads the clock; to be called when waiting is over.
void worker_wake(struct worker *worker);
// Fires timers and settles what the turn's events left to do.
void worker_turn(struct worker *worker);
// How long the transport may wait, in milliseconds; -1: without end.
int worker_patience(const struct worker *worker);
bool worker_is_done(const struct worker *worker);

// The connection will be settled at the end of the turn.
void worker_unsettle(struct worker *worker, struct connection *connection);

#endif
