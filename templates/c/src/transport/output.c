#include "transport/output.h"

#include "config.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/host.h"
//% if overflow_pause and (broadcast or custom)
#include "transport/server.h"
//% endif
//% if not tls
#include "transport/socket_io.h"
#include "transport/transport.h"
//% endif
#include "transport/worker.h"

//% if not tls
#include <errno.h>
//% endif
#include <string.h>

size_t output_unsent(const struct connection *connection) {
    size_t unsent = connection->output.length - connection->sent;
    //% if io_uring
    unsent += connection->uring.in_flight;
    //% endif
    //% if tls
    unsent += secure_unsent(connection);
    //% endif
    return unsent;
}

static void output_note_progress(struct connection *connection) {
    connection->progress_at = connection->worker->context.now;
}

static void output_release(struct connection *connection) {
    connection->sent = 0;
    buffer_pool_give(&connection->worker->context.pool, &connection->output);
}

// Moves the unsent bytes to the front when that frees at least as much as it moves.
static void output_compact(struct connection *connection) {
    struct buffer *output = &connection->output;
    if (connection->sent > 0 && connection->sent >= output->length / 2) {
        memmove(output->data, output->data + connection->sent, output->length - connection->sent);
        output->length -= connection->sent;
        connection->sent = 0;
    }
}

static void output_keep(struct connection *connection, const uint8_t *bytes, size_t length) {
    if (length == 0 || connection->lost) {
        return;
    }
    if (output_unsent(connection) == 0) {
        output_note_progress(connection);
    }
    output_compact(connection);
    if (!buffer_append(&connection->output, bytes, length)) {
        connection_lose(connection);
    }
}

// The number of bytes that the kernel took; a connection that it has given up is lost.
static size_t output_try(struct connection *connection, const struct iovec *parts, int count) {
    //% if tls
    return secure_write(connection, parts, count);
    //% endif
    //% if not tls
    ssize_t taken = transport_write(connection, parts, count);
    //% if cork
    connection->corked = true;
    //% endif
    if (taken >= 0) {
        output_note_progress(connection);
        //% if metrics
        metrics_add(METRICS_BYTES_SENT, (uint64_t)taken);
        //% endif
        return (size_t)taken;
    }
    if (!socket_would_block(errno)) {
        connection_lose(connection);
    }
    return 0;
    //% endif
}

// Writes from where the parts lie and copies only what the kernel leaves.
static void output_write(struct connection *connection, const struct iovec *parts, int count) {
    size_t taken = output_try(connection, parts, count);
    for (int i = 0; i < count; i++) {
        size_t skipped = taken < parts[i].iov_len ? taken : parts[i].iov_len;
        taken -= skipped;
        output_keep(connection, (const uint8_t *)parts[i].iov_base + skipped,
                    parts[i].iov_len - skipped);
    }
    connection->blocked = output_unsent(connection) > 0;
}

static void output_write_kept(struct connection *connection) {
    struct buffer *output = &connection->output;
    struct iovec part = {output->data + connection->sent, output->length - connection->sent};
    connection->sent += output_try(connection, &part, 1);
    connection->blocked = output_unsent(connection) > 0;
    if (connection->sent == output->length) {
        output_release(connection);
    }
}
//% if io_iocp

void output_took(struct connection *connection, size_t length) {
    output_note_progress(connection);
    //% if metrics
    metrics_add(METRICS_BYTES_SENT, length);
    //% endif
    connection->sent += length;
    if (connection->sent == connection->output.length) {
        output_release(connection);
    }
}
//% endif
//% if io_uring

void output_put_back(struct connection *connection, const uint8_t *bytes, size_t length) {
    //% if tls
    secure_put_back(connection, bytes, length);
    //% endif
    //% if not tls
    struct buffer later = connection->output;
    size_t sent = connection->sent;
    connection->output = (struct buffer){0};
    connection->sent = 0;
    output_keep(connection, bytes, length);
    output_keep(connection, later.data + sent, later.length - sent);
    buffer_free(&later);
    //% endif
    connection->blocked = true;
}
//% endif

void output_flush(struct connection *connection) {
    struct worker *worker = connection->worker;
    if (connection == worker->current && worker->collected > 0) {
        struct iovec part = {worker->send_buffer, worker->collected};
        worker->collected = 0;
        output_write(connection, &part, 1);
    } else if (!connection->blocked && output_unsent(connection) > 0) {
        output_write_kept(connection);
    }
}

static void output_collect(struct worker *worker, const uint8_t *bytes, size_t length) {
    if (length > 0) {
        memcpy(worker->send_buffer + worker->collected, bytes, length);
        worker->collected += length;
    }
}

// iovec has no const; writing does not change what it points to.
static struct iovec output_part(const uint8_t *bytes, size_t length) {
    return (struct iovec){(uint8_t *)bytes, length};
}

static void output_write_through(struct connection *connection, const uint8_t *head,
                                 size_t head_length, const uint8_t *body, size_t body_length) {
    struct worker *worker = connection->worker;
    const struct iovec parts[] = {
        {worker->send_buffer, worker->collected},
        output_part(head, head_length),
        output_part(body, body_length),
    };
    worker->collected = 0;
    output_write(connection, parts, sizeof parts / sizeof *parts);
}

void host_send(struct session *session, const uint8_t *head, size_t head_length,
               const uint8_t *body, size_t body_length) {
    struct connection *connection = (struct connection *)session;
    struct worker *worker = connection->worker;
    bool collects = connection == worker->current && output_unsent(connection) == 0;
    if (connection->lost) {
        return;
    }
    if (collects && head_length + body_length <= CONFIG_SEND_BUFFER - worker->collected) {
        output_collect(worker, head, head_length);
        output_collect(worker, body, body_length);
    } else if (collects) {
        output_write_through(connection, head, head_length, body, body_length);
    } else {
        output_keep(connection, head, head_length);
        output_keep(connection, body, body_length);
        worker_unsettle(worker, connection);
        if (output_unsent(connection) >= CONFIG_SEND_BUFFER) {
            output_flush(connection);
        }
    }
}

void host_sent(struct session *session) {
    struct connection *connection = (struct connection *)session;
    if (connection->blocked && !connection->lost) {
        output_judge(connection);
    }
}
//% if overflow_pause

// Whose input caused the output to a congested connection has to wait.
static void output_pause_cause(const struct connection *congested) {
    struct connection *cause = congested->worker->current;
    if (cause == NULL) {
        return;
    }
    session_pause(&cause->session);
    //% if broadcast or custom
    if (cause != congested) {
        cause->waiting = true;
    }
    //% endif
}
//% endif
//% if overflow_pause and (broadcast or custom)

void output_wake_waiting(struct worker *worker) {
    for (struct connection *c = worker->connections; c != NULL; c = c->next) {
        if (c->waiting) {
            c->waiting = false;
            worker_unsettle(worker, c);
        }
    }
}
//% endif
//% if overflow_pause

static void output_congest(struct connection *connection) {
    if (!connection->congested) {
        connection->congested = true;
        //% if broadcast or custom
        server_congest(connection->worker->server);
        //% endif
    }
}

void output_relieve(struct connection *connection) {
    if (!connection->congested) {
        return;
    }
    connection->congested = false;
    worker_unsettle(connection->worker, connection);
    //% if broadcast or custom
    if (server_relieve(connection->worker->server)) {
        //% if threaded
        server_wake_workers(connection->worker->server);
        //% endif
        output_wake_waiting(connection->worker);
    }
    //% endif
}
//% endif

//% if metrics
static bool output_was_over(const struct connection *connection) {
    bool over = false;
    //% if overflow_close
    over = over || connection->session.state != SESSION_OPEN;
    //% endif
    //% if overflow_drop
    over = over || connection->session.dropping;
    //% endif
    //% if overflow_pause
    over = over || connection->congested;
    //% endif
    return over;
}

//% endif
static void output_overflow(struct connection *connection) {
    //% if metrics
    if (!output_was_over(connection)) {
        metrics_add(METRICS_BACKPRESSURE, 1);
    }
    //% endif
    //% if overflow_close
    session_overflow(&connection->session);
    //% endif
    //% if overflow_drop
    connection->session.dropping = true;
    //% endif
    //% if overflow_pause
    output_congest(connection);
    //% endif
}
//% if overflow_pause or overflow_drop

static void output_recover(struct connection *connection) {
    //% if overflow_drop
    connection->session.dropping = false;
    //% endif
    //% if overflow_pause
    output_relieve(connection);
    //% endif
}
//% endif

void output_judge(struct connection *connection) {
    //% if io_uring
    if (connection->uring.in_flight > 0) {
        return; // the attempt to write it is not over
    }
    //% endif
    size_t unsent = output_unsent(connection);
    if (unsent > CONFIG_HIGH_WATERMARK) {
        output_overflow(connection);
    }
    //% if overflow_pause or overflow_drop
    if (unsent <= CONFIG_HIGH_WATERMARK / 2) {
        output_recover(connection);
    }
    //% endif
    //% if overflow_pause
    if (connection->congested) {
        output_pause_cause(connection);
    }
    //% endif
}
