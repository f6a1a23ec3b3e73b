#include "transport/server.h"

#include "config.h"
#include "log.h"
#include "transport/admission.h"
#include "transport/connection.h"
#include "transport/signals.h"
#include "transport/socket_io.h"
#include "transport/transport.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint64_t SERVER_ACCEPT_PAUSE = 100; // milliseconds
enum {
    SERVER_ACCEPTS_A_TURN = 64
};

void server_wake(struct server *server) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    server->context.now = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool server_open(struct server *server, int listener) {
    server->listener = listener;
    server->accept_again_at = NEVER;
    server->drain_until = NEVER;
    server_wake(server);
    server->receive_buffer = malloc(CONFIG_RECEIVE_BUFFER);
    server->send_buffer = malloc(CONFIG_SEND_BUFFER);
    if (server->receive_buffer == NULL || server->send_buffer == NULL) {
        return false;
    }
    //% if per_client
    if (!clients_create(&server->clients, CONFIG_MAX_CONNECTIONS)) {
        return false;
    }
    //% endif
    server->signals = signals_open();
    return server->signals >= 0 && transport_open(server);
}

static void server_bury(struct server *server) {
    while (server->lost != NULL) {
        struct connection *connection = server->lost;
        server->lost = connection->next_lost;
        connection_free(connection);
    }
}

static void server_settle(struct server *server) {
    while (server->unsettled != NULL) {
        struct connection *connection = server->unsettled;
        server->unsettled = connection->next_unsettled;
        connection->unsettled = false;
        connection_settle(connection);
    }
}

void server_unsettle(struct server *server, struct connection *connection) {
    if (!connection->unsettled) {
        connection->unsettled = true;
        connection->next_unsettled = server->unsettled;
        server->unsettled = connection;
    }
}

static void server_stop_listening(struct server *server) {
    if (server->listener >= 0) {
        transport_accept(server, false);
        socket_close(server->listener);
        server->listener = -1;
        server->accept_again_at = NEVER;
    }
}

void server_close(struct server *server) {
    for (struct connection *c = server->connections; c != NULL; c = c->next) {
        connection_lose(c);
    }
    // Close callbacks may still send to sessions that are lost already: nothing comes of it.
    server_settle(server);
    server_bury(server);
    server_stop_listening(server);
    transport_close(server);
    signals_close();
    //% if per_client
    clients_free(&server->clients);
    //% endif
    //% if compression
    codec_free(&server->context.codec);
    //% endif
    buffer_pool_free(&server->context.pool);
    timers_free(&server->timers);
    free(server->receive_buffer);
    free(server->send_buffer);
}

static void server_pause_accepting(struct server *server, int error) {
    const struct log_field field = log_text("error", strerror(error));
    log_event(LOG_ERROR, "accept-failed", &field, 1);
    transport_accept(server, false);
    server->accept_again_at = server->context.now + SERVER_ACCEPT_PAUSE;
}

// accept() hands on errors of the connection itself (accept(2)); the shortages are ours.
static bool server_is_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

void server_acceptable(struct server *server) {
    for (int i = 0; i < SERVER_ACCEPTS_A_TURN; i++) {
        struct address address = {.length = sizeof address.socket};
        int fd = socket_accept(server->listener, &address.socket.any, &address.length);
        if (fd >= 0) {
            admission_welcome(server, fd, &address);
        } else if (socket_would_block(errno)) {
            return;
        } else if (server_is_shortage(errno)) {
            server_pause_accepting(server, errno);
            return;
        }
    }
}

static void server_dismiss(struct connection *connection) {
    if (!session_dismiss(&connection->session)) {
        connection_lose(connection);
    }
}

void server_signalled(struct server *server) {
    char byte;
    if (read(server->signals, &byte, 1) != 1) {
        return;
    }
    const struct log_field field = log_number("connections", server->session_count);
    log_event(LOG_INFO, "draining", &field, 1);
    server_stop_listening(server);
    server->drain_until = server->context.now + CONFIG_DRAIN_TIMEOUT;
    for (struct connection *c = server->connections; c != NULL; c = c->next) {
        server_dismiss(c);
    }
}

bool server_is_done(const struct server *server) {
    return server->drain_until != NEVER &&
           (server->connection_count == 0 || server->context.now >= server->drain_until);
}

static void server_accept_again(struct server *server) {
    if (server->context.now >= server->accept_again_at) {
        server->accept_again_at = NEVER;
        transport_accept(server, true);
    }
}

static void server_fire_timers(struct server *server) {
    struct timer *timer;
    while ((timer = timers_take_due(&server->timers, server->context.now)) != NULL) {
        connection_expire(connection_of_timer(timer));
    }
}

void server_turn(struct server *server) {
    server_accept_again(server);
    server_fire_timers(server);
    while (server->unsettled != NULL || server->lost != NULL) {
        server_settle(server);
        server_bury(server);
    }
}

int server_patience(const struct server *server) {
    uint64_t next = timers_next(&server->timers);
    next = server->accept_again_at < next ? server->accept_again_at : next;
    next = server->drain_until < next ? server->drain_until : next;
    if (next == NEVER) {
        return -1;
    }
    uint64_t wait = next > server->context.now ? next - server->context.now : 0;
    return wait < INT_MAX ? (int)wait : INT_MAX;
}
