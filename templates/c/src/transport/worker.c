#include "transport/worker.h"

#include "config.h"
//% if tls
#include "credentials.h"
//% endif
#include "log.h"
#include "transport/connection.h"
//% if mail and overflow_pause
#include "transport/output.h"
//% endif
//% if tls
#include "transport/secure.h"
//% endif
#include "transport/server.h"
#include "transport/signals.h"
#include "transport/socket_io.h"
#include "transport/transport.h"
#include "transport/wake.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const uint64_t WORKER_ACCEPT_PAUSE = 100; // milliseconds
//% if threaded and custom
static _Thread_local const struct worker *worker_here = NULL;
//% endif

void worker_wake(struct worker *worker) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    worker->context.now = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool worker_open(struct worker *worker, int listener, int wake) {
    worker->context = worker->server->context;
    worker->listener = listener;
    worker->wake = wake;
    worker->accept_again_at = NEVER;
    worker->drain_until = NEVER;
    worker_wake(worker);
    //% if mail
    mail_open(worker);
    //% endif
    //% if threaded
    if (wake < 0) {
        worker->wake = wake_open();
    }
    //% endif
    //% if readiness
    worker->receive_buffer = malloc(CONFIG_RECEIVE_BUFFER);
    if (worker->receive_buffer == NULL) {
        return false;
    }
    //% endif
    worker->send_buffer = malloc(CONFIG_SEND_BUFFER);
    if (worker->send_buffer == NULL) {
        return false;
    }
    //% if tls
    if (!secure_open_worker(worker)) {
        return false;
    }
    //% endif
    if (worker->wake < 0 || !transport_open(worker)) {
        return false;
    }
    //% if threaded
    worker->listed = true;
    server_add_worker(worker);
    //% endif
    return true;
}

static void worker_bury(struct worker *worker) {
    while (worker->lost != NULL) {
        struct connection *connection = worker->lost;
        worker->lost = connection->next_lost;
        connection_free(connection);
    }
}

static void worker_settle(struct worker *worker) {
    while (worker->unsettled != NULL) {
        struct connection *connection = worker->unsettled;
        worker->unsettled = connection->next_unsettled;
        connection->unsettled = false;
        connection_settle(connection);
    }
}

void worker_unsettle(struct worker *worker, struct connection *connection) {
    if (!connection->unsettled) {
        connection->unsettled = true;
        connection->next_unsettled = worker->unsettled;
        worker->unsettled = connection;
    }
}

static void worker_stop_listening(struct worker *worker) {
    if (worker->listener >= 0) {
        transport_accept(worker, false);
        //% if io_uring
        (void)shutdown(worker->listener, SHUT_RDWR); // closing waits for the request's end
        //% endif
        socket_close(worker->listener);
        worker->listener = -1;
        worker->accept_again_at = NEVER;
    }
}

void worker_close(struct worker *worker) {
    for (struct connection *c = worker->connections; c != NULL; c = c->next) {
        connection_lose(c);
    }
    // Close callbacks may still send to sessions that are lost already: nothing comes of it.
    worker_settle(worker);
    worker_bury(worker);
    //% if threaded
    if (worker->listed) {
        server_remove_worker(worker);
    }
    //% endif
    //% if mail
    mail_close(worker);
    //% endif
    transport_close(worker);
    if (worker->listener >= 0) {
        socket_close(worker->listener);
    }
    //% if threaded
    if (worker->wake != worker->server->signals) {
        wake_close(worker->wake);
    }
    //% endif
    //% if compression
    codec_free(&worker->context.codec);
    //% endif
    buffer_pool_free(&worker->context.pool);
    timers_free(&worker->timers);
    //% if readiness
    free(worker->receive_buffer);
    //% endif
    free(worker->send_buffer);
    //% if tls
    secure_close_worker(worker);
    //% endif
}

static void worker_pause_accepting(struct worker *worker, int error) {
    const struct log_field field = log_text("error", strerror(error));
    log_event(LOG_ERROR, "accept-failed", &field, 1);
    transport_accept(worker, false);
    worker->accept_again_at = worker->context.now + WORKER_ACCEPT_PAUSE;
}

// accept() hands on errors of the connection itself (accept(2)); the shortages are ours.
static bool worker_is_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

//% if polled

int worker_accept(struct worker *worker, struct address *address) {
    *address = (struct address){.length = sizeof address->socket};
    int fd = socket_accept(worker->listener, &address->socket.any, &address->length);
    if (fd < 0 && worker_is_shortage(errno)) {
        worker_pause_accepting(worker, errno);
    }
    return fd;
}
//% endif
//% if io_uring or io_iocp

void worker_accept_failed(struct worker *worker, int error) {
    if (worker_is_shortage(error)) {
        worker_pause_accepting(worker, error);
    }
}
//% endif

static void worker_dismiss(struct connection *connection) {
    if (!session_dismiss(&connection->session)) {
        connection_lose(connection);
    }
}

static void worker_drain(struct worker *worker) {
    worker_stop_listening(worker);
    if (worker->wake == worker->server->signals) {
        server_drain(worker->server);
    }
    worker->drain_until = worker->context.now + CONFIG_DRAIN_TIMEOUT;
    for (struct connection *c = worker->connections; c != NULL; c = c->next) {
        worker_dismiss(c);
    }
}

void worker_woken(struct worker *worker) {
    if (!wake_take(worker->wake)) {
        return;
    }
    //% if mail
    mail_read(worker);
    //% endif
    //% if mail and overflow_pause
    if (!server_is_congested(worker->server)) {
        output_wake_waiting(worker);
    }
    //% endif
    //% if tls
    if (signals_take_reload()) {
        credentials_reload();
    }
    //% endif
    if (signals_arrived() && worker->drain_until == NEVER) {
        worker_drain(worker);
    }
}
//% if threaded

void worker_notify(const struct worker *worker) {
    wake_raise(worker->wake);
}
//% endif
//% if threaded and custom

bool worker_is_here(const struct worker *worker) {
    return worker == worker_here;
}

void worker_settle_here(const struct worker *worker) {
    worker_here = worker;
}
//% endif

bool worker_is_done(const struct worker *worker) {
    return worker->drain_until != NEVER &&
           (worker->connections == NULL || worker->context.now >= worker->drain_until);
}

static void worker_accept_again(struct worker *worker) {
    if (worker->context.now >= worker->accept_again_at) {
        worker->accept_again_at = NEVER;
        transport_accept(worker, true);
    }
}

static void worker_fire_timers(struct worker *worker) {
    struct timer *timer;
    while ((timer = timers_take_due(&worker->timers, worker->context.now)) != NULL) {
        connection_expire(connection_of_timer(timer));
    }
}

void worker_turn(struct worker *worker) {
    worker_accept_again(worker);
    worker_fire_timers(worker);
    while (worker->unsettled != NULL || worker->lost != NULL) {
        worker_settle(worker);
        worker_bury(worker);
    }
}

int worker_patience(const struct worker *worker) {
    uint64_t next = timers_next(&worker->timers);
    next = worker->accept_again_at < next ? worker->accept_again_at : next;
    next = worker->drain_until < next ? worker->drain_until : next;
    if (next == NEVER) {
        return -1;
    }
    uint64_t wait = next > worker->context.now ? next - worker->context.now : 0;
    return wait < INT_MAX ? (int)wait : INT_MAX;
}
