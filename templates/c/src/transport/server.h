// The connections of one worker and what they share.
#ifndef SERVER_H
#define SERVER_H

#include "protocol/session.h"
//% if per_client
#include "transport/clients.h"
//% endif
#include "transport/timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;

struct server {
    struct session_context context;
    struct timers timers;
    //% if per_client
    struct clients clients;
    //% endif
    int listener; // -1 once draining
    int signals;
    int poller; // the transport's own
    uint8_t *receive_buffer;
    //% if websocket or framing_length
    size_t direct; // of the read at hand: how much of it goes into a message at once
    //% endif
    uint8_t *send_buffer; // output that `current` has collected
    size_t collected;
    struct connection *current; // whose input is being handled
    struct connection *connections; // all, lost ones included
    struct connection *unsettled;
    struct connection *lost;
    size_t connection_count; // with open sockets
    size_t session_count; // open ones
    //% if overflow_pause and (broadcast or custom)
    size_t congested_count;
    //% endif
    uint64_t accept_again_at; // NEVER unless accepting has paused
    uint64_t drain_until; // NEVER unless draining
};

// Takes over the listening socket. False and errno on failure; server_close() is still due.
bool server_open(struct server *server, int listener);
void server_close(struct server *server);

// The transport's events.
void server_acceptable(struct server *server);
void server_signalled(struct server *server);

// Reads the clock; to be called when waiting is over.
void server_wake(struct server *server);
// Fires timers and settles what the turn's events left to do.
void server_turn(struct server *server);
// How long the transport may wait, in milliseconds; -1: without end.
int server_patience(const struct server *server);
bool server_is_done(const struct server *server);

// The connection will be settled at the end of the turn.
void server_unsettle(struct server *server, struct connection *connection);

#endif
