// What the workers of the process have in common: above all the counts that limits speak of.
#ifndef SERVER_H
#define SERVER_H

#include "protocol/admission.h"
#include "protocol/session.h"
#include "transport/address.h"
//% if per_client
#include "transport/clients.h"
//% endif

//% if threaded
#include <pthread.h>
//% endif
#include <stdbool.h>
#include <stddef.h>

struct connection;
struct worker;

struct server {
    struct session_context context; // what the workers' begin as
    struct address address;
    bool listening; // the address is the server's
    int signals;
    //% if threaded
    pthread_mutex_t roster_lock; // of the workers
    struct worker *workers; // that others can reach
    pthread_mutex_t lock; // of all that follows
    //% endif
    size_t connection_count; // with open sockets
    size_t session_count; // open ones
    //% if overflow_pause and (broadcast or custom)
    size_t congested_count; // connections whose senders have to wait
    //% endif
    //% if per_client
    struct clients clients;
    //% endif
};

// False and errno on failure; server_close() is still due.
bool server_open(struct server *server);
void server_close(struct server *server);

// Counts an accepted socket; false when there are too many.
bool server_enter(struct server *server);
void server_leave(struct server *server);
//% if per_client

// Finds the connection's client; false when memory is short.
bool server_join_client(struct connection *connection, const struct address *address);
void server_leave_client(struct connection *connection);
//% endif

// Counts the connection's session as open, if it may be.
enum admission server_admit(struct connection *connection);
void server_dismiss(struct connection *connection);
//% if overflow_pause and (broadcast or custom)

void server_congest(struct server *server);
// Whether that was the last one that was congested.
bool server_relieve(struct server *server);
//% endif
//% if threaded and overflow_pause and (broadcast or custom)
bool server_is_congested(struct server *server);
//% endif

// A signal came: nobody new is served.
void server_drain(struct server *server);
//% if threaded

void server_add_worker(struct worker *worker);
void server_remove_worker(struct worker *worker);
void server_wake_workers(struct server *server);
//% endif

#endif
