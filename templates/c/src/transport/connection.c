#include "transport/connection.h"

#include "config.h"
#include "log.h"
//% if metrics
#include "metrics.h"
//% endif
//% if cork or keep_alive and windows or socket_receive_buffer or socket_send_buffer or receive_low_watermark
#include "transport/options.h"
//% endif
#include "transport/output.h"
#include "transport/server.h"
#include "transport/socket_io.h"
#include "transport/transport.h"
#include "transport/worker.h"

//% if metrics and websocket
#include <stdio.h>
//% endif
#include <stdlib.h>

static uint64_t connection_now(const struct connection *connection) {
    return connection->worker->context.now;
}

static void connection_link(struct connection *connection) {
    struct worker *worker = connection->worker;
    connection->next = worker->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    worker->connections = connection;
    worker->connection_count++;
}

static void connection_unlink(struct connection *connection) {
    connection->worker->connection_count--;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        connection->worker->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
}

static uint64_t connection_earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

// After its session ended a connection waits for the peer's end of stream; not while the kernel
// still takes output, though.
static uint64_t connection_linger_deadline(const struct connection *connection) {
    uint64_t since = connection->ended_at;
    if (output_unsent(connection) > 0 && connection->progress_at > since) {
        since = connection->progress_at;
    }
    return since + CONFIG_CLOSE_TIMEOUT;
}

static uint64_t connection_deadline(const struct connection *connection) {
    uint64_t deadline = NEVER;
    //% if websocket or idle_timeout
    deadline = connection_earlier(deadline, session_deadline(&connection->session));
    //% endif
    //% if tls
    deadline = connection_earlier(deadline, secure_deadline(connection));
    //% endif
    if (connection->ended_at > 0) {
        deadline = connection_earlier(deadline, connection_linger_deadline(connection));
    }
    //% if write_timeout
    if (output_unsent(connection) > 0) {
        deadline = connection_earlier(deadline, connection->progress_at + CONFIG_WRITE_TIMEOUT);
    }
    //% endif
    return deadline;
}

// A timer that is set earlier fires for nothing and is set again; that costs less than moving it
// with every message.
static void connection_arm(struct connection *connection) {
    uint64_t deadline = connection_deadline(connection);
    bool is_set = connection->timer.slot > 0;
    if (deadline != NEVER && (!is_set || deadline < connection->timer.at)) {
        timers_set(&connection->worker->timers, &connection->timer, deadline);
    }
}

struct connection *connection_of_timer(struct timer *timer) {
    return (struct connection *)(void *)((char *)timer - offsetof(struct connection, timer));
}

static void connection_release(struct connection *connection) {
    //% if tls
    secure_free(connection);
    //% endif
    //% if per_client
    server_leave_client(connection);
    //% endif
    transport_free(connection);
}

static struct connection *connection_allocate(struct worker *worker, int fd,
                                              const struct address *address) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->worker = worker;
    //% if per_client
    if (!server_join_client(connection, address)) {
        free(connection);
        return NULL;
    }
    //% endif
    connection->fd = fd;
    address_format_peer(address, connection->peer);
    session_start(&connection->session, &worker->context);
    //% if tls
    if (!secure_start(connection)) {
        connection_release(connection);
        return NULL;
    }
    //% endif
    return connection;
}

struct connection *connection_create(struct worker *worker, int fd, const struct address *address) {
    if (!timers_reserve(&worker->timers, worker->connection_count + 1)) {
        return NULL;
    }
    struct connection *connection = connection_allocate(worker, fd, address);
    if (connection == NULL) {
        return NULL;
    }
    //% if socket_receive_buffer or socket_send_buffer or receive_low_watermark
    if (address->socket.any.sa_family == AF_UNIX) {
        (void)options_set_buffers(fd, AF_UNIX); // what its listener could be set to
    }
    //% endif
    //% if keep_alive and windows
    //% if posix
#ifdef _WIN32
    //% endif
    if (address->socket.any.sa_family != AF_UNIX) {
        (void)options_keep_alive(fd); // likewise
    }
    //% if posix
#endif
    //% endif
    //% endif
    if (!transport_add(connection)) {
        connection_release(connection);
        return NULL;
    }
    connection_link(connection);
    connection_arm(connection);
    return connection;
}

//% if metrics
static void connection_count_close(const struct connection *connection) {
    metrics_add(METRICS_CLOSED, 1);
    //% if websocket
    char code[8];
    (void)snprintf(code, sizeof code, "%u", connection->session.close_code);
    metrics_add_labelled(METRICS_CLOSED_WITH, code, 1);
    //% endif
    //% if tcp
    (void)connection;
    //% endif
}

//% endif
void connection_free(struct connection *connection) {
    session_end_of_stream(&connection->session);
    //% if mail and custom
    if (atomic_load(&connection->letters) > 0) {
        mail_read(connection->worker); // the app knows of the end: no more will come
    }
    //% endif
    if (connection->admitted) {
        const struct log_field fields[] = {
            log_text("peer", connection->peer),
            //% if websocket
            log_number("code", connection->session.close_code),
            //% endif
        };
        log_event(LOG_DEBUG, "closed", fields, sizeof fields / sizeof *fields);
        //% if metrics
        connection_count_close(connection);
        //% endif
    }
    connection_unlink(connection);
    buffer_free(&connection->output);
    connection_release(connection);
}

static void connection_withdraw(struct connection *connection) {
    server_leave(connection->worker->server);
    if (connection->admitted) {
        server_dismiss(connection);
    }
}

void connection_lose(struct connection *connection) {
    if (connection->lost) {
        return;
    }
    connection->lost = true;
    connection->next_lost = connection->worker->lost;
    connection->worker->lost = connection;
    //% if overflow_pause
    output_relieve(connection);
    //% endif
    timers_clear(&connection->worker->timers, &connection->timer);
    transport_remove(connection);
    socket_close(connection->fd);
    connection_withdraw(connection);
}

static void connection_end(struct connection *connection) {
    if (connection->ended_at == 0) {
        connection->ended_at = connection_now(connection);
    }
    //% if tls
    if (output_unsent(connection) == 0) {
        secure_finish(connection);
    }
    //% endif
    bool sent = output_unsent(connection) == 0;
    bool over = sent && connection->finished;
    //% if heartbeat
    over = over || connection->session.abandoned;
    //% endif
    if (over) {
        connection_lose(connection);
    } else if (sent && !connection->shut) {
        socket_shutdown(connection->fd);
        connection->shut = true;
        connection->ended_at = connection_now(connection);
    }
}

bool connection_wants_input(const struct connection *connection) {
    //% if overflow_pause
    if (connection->session.paused) {
        return false;
    }
    //% endif
    return !connection->finished;
}
//% if overflow_pause

static bool connection_may_resume(const struct connection *connection) {
    const struct session *session = &connection->session;
    bool held = connection->congested;
    //% if broadcast or custom
    held = held || connection->waiting;
    //% endif
    return session->paused && (!held || session->state != SESSION_OPEN);
}

static void connection_resume(struct connection *connection) {
    struct worker *worker = connection->worker;
    worker->current = connection;
    session_resume(&connection->session);
    output_flush(connection);
    if (!connection->lost) {
        output_judge(connection);
    }
    worker->current = NULL;
}
//% endif

// What a paused session has kept comes before the peer's end of stream.
static bool connection_has_heard_all(const struct connection *connection) {
    //% if overflow_pause
    if (connection->session.paused) {
        return false;
    }
    //% endif
    return connection->finished;
}
//% if cork

// Whether output that was written is held back.
static bool connection_is_corked(const struct connection *connection) {
    //% if io_uring
    if (connection->uring.in_flight > 0) {
        return false;
    }
    //% endif
    return connection->corked;
}
//% endif

void connection_settle(struct connection *connection) {
    //% if overflow_pause
    if (!connection->lost && connection_may_resume(connection)) {
        connection_resume(connection);
    }
    //% endif
    if (!connection->lost && connection_has_heard_all(connection)) {
        session_end_of_stream(&connection->session);
    }
    if (!connection->lost) {
        output_flush(connection);
    }
    //% if cork
    if (!connection->lost && connection_is_corked(connection)) {
        connection->corked = false;
        options_uncork(connection->fd);
    }
    //% endif
    if (!connection->lost) {
        output_judge(connection);
    }
    if (!connection->lost && connection->session.state == SESSION_ENDED) {
        connection_end(connection);
    }
    if (!connection->lost) {
        transport_watch(connection, connection_wants_input(connection), connection->blocked);
        connection_arm(connection);
    }
}

static void connection_hand_on(struct connection *connection, uint8_t *bytes, size_t length) {
    struct session *session = &connection->session;
    //% if direct_input
    size_t direct = connection->worker->direct < length ? connection->worker->direct : length;
    if (direct > 0) {
        session_receive_direct(session, direct);
        length -= direct;
    }
    //% endif
    if (length > 0) {
        session_receive(session, bytes, length);
    }
}

void connection_receive(struct connection *connection, uint8_t *bytes, size_t length) {
    struct worker *worker = connection->worker;
    worker->current = connection;
    //% if metrics
    metrics_add(METRICS_BYTES_RECEIVED, length);
    //% endif
    //% if tls
    secure_receive(connection, bytes, length, connection_hand_on);
    //% endif
    //% if not tls
    connection_hand_on(connection, bytes, length);
    //% endif
    connection_settle(connection);
    worker->collected = 0;
    worker->current = NULL;
}

void connection_finish(struct connection *connection) {
    struct worker *worker = connection->worker;
    worker->current = connection;
    connection->finished = true;
    connection_settle(connection);
    worker->collected = 0;
    worker->current = NULL;
}

void connection_writable(struct connection *connection) {
    connection->blocked = false;
    connection_settle(connection);
}

static bool connection_is_overdue(const struct connection *connection) {
    uint64_t now = connection_now(connection);
    //% if tls
    if (now >= secure_deadline(connection)) {
        return true;
    }
    //% endif
    //% if write_timeout
    if (output_unsent(connection) > 0 && now >= connection->progress_at + CONFIG_WRITE_TIMEOUT) {
        return true;
    }
    //% endif
    return connection->ended_at > 0 && now >= connection_linger_deadline(connection);
}

void connection_expire(struct connection *connection) {
    if (connection_is_overdue(connection)) {
        connection_lose(connection);
        return;
    }
    //% if websocket or idle_timeout
    session_expire(&connection->session);
    //% endif
    connection_settle(connection);
}
