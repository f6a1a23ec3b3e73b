#include "transport/server.h"

#include "transport/signals.h"
//% if peers
#include "transport/worker.h"
//% endif

bool server_open(struct server *server) {
    server->signals = signals_open();
    //% if several_workers and peers
    if (pthread_mutex_init(&server->lock, NULL) != 0) {
        return false;
    }
    //% endif
    //% if peers
    if (!peers_create(&server->peers)) {
        return false;
    }
    //% endif
    return server->signals >= 0;
}

void server_close(struct server *server) {
    signals_close();
    //% if peers
    peers_free(&server->peers);
    //% endif
    //% if not peers
    (void)server;
    //% endif
    //% if several_workers and peers
    (void)pthread_mutex_destroy(&server->lock);
    //% endif
}
//% if peers

void server_enter(struct worker *worker, uint64_t now) {
    struct server *server = worker->server;
    //% if several_workers
    (void)pthread_mutex_lock(&server->lock);
    //% endif
    server->worker = worker;
    server->context.now = now;
}

uint64_t server_leave(struct worker *worker) {
    struct server *server = worker->server;
    uint64_t next = peers_settle(&server->peers, server->context.now);
    //% if several_workers
    (void)pthread_mutex_unlock(&server->lock);
    //% endif
    return next;
}

void server_part(struct worker *worker) {
    server_enter(worker, worker->server->context.now);
    peers_free(&worker->server->peers);
    (void)server_leave(worker);
}
//% endif
