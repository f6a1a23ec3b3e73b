// What the workers of the process have in common.
#ifndef SERVER_H
#define SERVER_H

#include "transport/address.h"
//% if peers
#include "transport/peers.h"
//% endif

//% if several_workers and peers
#include <pthread.h>
//% endif
#include <stdbool.h>
#include <stdint.h>

struct worker;

struct server {
    struct address address; // bound to
    int signals; // readable once the server is to stop
    //% if peers
    struct session_context context;
    struct peers peers;
    struct worker *worker; // whose turn it is: it sends
    //% endif
    //% if several_workers and peers
    pthread_mutex_t lock; // of all of this, for the time of a turn
    //% endif
};

// Binds nothing yet. False and errno on failure; server_close() is still due.
bool server_open(struct server *server);
void server_close(struct server *server);
//% if peers

// Peers are a worker's own for the time of its turn. Leaving does what is due, and tells when more
// will be.
void server_enter(struct worker *worker, uint64_t now);
uint64_t server_leave(struct worker *worker);
// Forgets all peers; what that makes the app send goes out through the worker.
void server_part(struct worker *worker);
//% endif

#endif
