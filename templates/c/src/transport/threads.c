// One thread a connection: a worker of its own, without a listener.
#include "config.h"
#include "log.h"
#include "transport/admission.h"
#include "transport/one_peer.h"
#include "transport/server.h"
#include "transport/socket_io.h"
#include "transport/thread.h"
#include "transport/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct arrival {
    struct server *server;
    int fd;
    struct address address;
};

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t threads_ended = PTHREAD_COND_INITIALIZER;
static size_t threads_count = 0;

// As many as there may be sockets; a thread that ends may hold on a little longer than its socket.
static bool threads_enter(void) {
    (void)pthread_mutex_lock(&threads_lock);
    bool room = threads_count < CONFIG_MAX_CONNECTIONS + (size_t)CONFIG_BACKLOG;
    if (room) {
        threads_count++;
    }
    (void)pthread_mutex_unlock(&threads_lock);
    return room;
}

static void threads_leave(void) {
    (void)pthread_mutex_lock(&threads_lock);
    threads_count--;
    (void)pthread_cond_broadcast(&threads_ended);
    (void)pthread_mutex_unlock(&threads_lock);
}

static void threads_explain(int error) {
    const struct log_field field = log_text("error", strerror(error));
    log_event(LOG_ERROR, "accept-failed", &field, 1);
}

static void threads_serve(const struct arrival *arrival) {
    struct worker worker = {.server = arrival->server};
    if (worker_open(&worker, -1, -1)) {
        //% if custom
        worker_settle_here(&worker);
        //% endif
        admission_welcome(&worker, arrival->fd, &arrival->address);
        transport_run(&worker);
    } else {
        threads_explain(errno);
        socket_close(arrival->fd);
    }
    worker_close(&worker);
}

static void *threads_main(void *argument) {
    struct arrival *arrival = argument;
    (void)pthread_detach(pthread_self());
    threads_serve(arrival);
    free(arrival);
    threads_leave();
    return NULL;
}

static bool threads_start(const struct arrival *arrival) {
    struct arrival *copy = malloc(sizeof *copy);
    pthread_t thread;
    if (copy == NULL) {
        return false;
    }
    *copy = *arrival;
    if (thread_start(&thread, threads_main, copy)) {
        return true;
    }
    free(copy);
    return false;
}

static void threads_accept(struct worker *worker) {
    struct arrival arrival = {.server = worker->server};
    arrival.fd = worker_accept(worker, &arrival.address);
    if (arrival.fd < 0) {
        return;
    }
    if (!threads_enter()) {
        socket_close(arrival.fd);
    } else if (!threads_start(&arrival)) {
        threads_explain(errno);
        threads_leave();
        socket_close(arrival.fd);
    }
}

// They end by themselves, at the time that drains end at the latest.
static void threads_await(void) {
    struct timespec limit;
    (void)clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += (time_t)(CONFIG_DRAIN_TIMEOUT / 1000) + 1;
    (void)pthread_mutex_lock(&threads_lock);
    while (threads_count > 0 &&
           pthread_cond_timedwait(&threads_ended, &threads_lock, &limit) == 0) {
    }
    (void)pthread_mutex_unlock(&threads_lock);
}

static void threads_run_listener(struct worker *worker) {
    while (!worker_is_done(worker)) {
        if (one_peer_wait(worker)) {
            threads_accept(worker);
        }
        worker_turn(worker);
    }
    threads_await();
}

static void threads_run_peer(struct worker *worker) {
    worker_turn(worker);
    while (worker->connections != NULL && !worker_is_done(worker)) {
        (void)one_peer_wait(worker);
        worker_turn(worker);
    }
}

void transport_run(struct worker *worker) {
    if (worker->listener >= 0) {
        threads_run_listener(worker);
    } else {
        threads_run_peer(worker);
    }
}
