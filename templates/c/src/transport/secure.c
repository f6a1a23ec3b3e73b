#include "transport/secure.h"

#include "config.h"
#include "credentials.h"
#include "log.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/tls.h"
//% if tcp
#include "transport/admission.h"
//% endif
#include "transport/connection.h"
#include "transport/output.h"
#include "transport/socket_io.h"
#include "transport/transport.h"
#include "transport/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct secure_desk {
    struct tls_desk tls;
    uint8_t *input; // CONFIG_RECEIVE_BUFFER bytes, after decryption
    uint8_t gathered[TLS_RECORD_MOST]; // from several parts for one record
};

// The rest of what is to be sealed.
struct secure_source {
    const struct iovec *parts;
    int count;
    size_t offset; // in the first part
};

bool secure_open_worker(struct worker *worker) {
    worker->desk = calloc(1, sizeof *worker->desk);
    if (worker->desk == NULL) {
        return false;
    }
    worker->desk->input = malloc(CONFIG_RECEIVE_BUFFER);
    return worker->desk->input != NULL && tls_open_desk(&worker->desk->tls);
}

void secure_close_worker(struct worker *worker) {
    if (worker->desk != NULL) {
        tls_close_desk(&worker->desk->tls);
        free(worker->desk->input);
        free(worker->desk);
    }
}

bool secure_start(struct connection *connection) {
    connection->secure.accepted_at = connection->worker->context.now;
    connection->secure.tls = credentials_start();
    return connection->secure.tls != NULL &&
           tls_start(connection->secure.tls, &connection->worker->desk->tls);
}

void secure_free(struct connection *connection) {
    tls_free(connection->secure.tls);
    buffer_free(&connection->secure.sealed);
}

uint64_t secure_deadline(const struct connection *connection) {
    const struct secure *secure = &connection->secure;
    return secure->state == SECURE_HANDSHAKE ? secure->accepted_at + CONFIG_HANDSHAKE_TIMEOUT
                                             : NEVER;
}

size_t secure_unsent(const struct connection *connection) {
    return connection->secure.sealed.length - connection->secure.sent;
}

static void secure_keep(struct connection *connection, const uint8_t *bytes, size_t length) {
    if (length == 0 || connection->lost) {
        return;
    }
    if (output_unsent(connection) == 0) {
        connection->progress_at = connection->worker->context.now;
    }
    if (!buffer_append(&connection->secure.sealed, bytes, length)) {
        connection_lose(connection);
    }
}

// The number of bytes that the kernel took; a connection that it has given up is lost.
static size_t secure_try(struct connection *connection, uint8_t *bytes, size_t length) {
    const struct iovec part = {bytes, length};
    ssize_t taken = transport_write(connection, &part, 1);
    //% if cork
    connection->corked = true;
    //% endif
    if (taken >= 0) {
        connection->progress_at = connection->worker->context.now;
        //% if metrics
        metrics_add(METRICS_BYTES_SENT, (uint64_t)taken);
        //% endif
        return (size_t)taken;
    }
    if (!socket_would_block(errno)) {
        connection_lose(connection);
    }
    return 0;
}

static void secure_send_kept(struct connection *connection) {
    struct secure *secure = &connection->secure;
    secure->sent +=
        secure_try(connection, secure->sealed.data + secure->sent, secure_unsent(connection));
    if (secure->sent == secure->sealed.length) {
        secure->sent = 0;
        buffer_pool_give(&connection->worker->context.pool, &secure->sealed);
    }
}

// Sends the records that the desk has, behind those that wait already.
static void secure_flush(struct connection *connection) {
    struct buffer *records = &connection->worker->desk->tls.records;
    size_t taken = 0;
    if (records->length == 0) {
        return;
    }
    if (secure_unsent(connection) == 0 && !connection->lost) {
        taken = secure_try(connection, records->data, records->length);
    }
    secure_keep(connection, records->data + taken, records->length - taken);
    records->length = 0;
    connection->blocked = output_unsent(connection) > 0;
}

static void secure_report_refusal(const struct connection *connection) {
    static const char reason[] = "TLS handshake failed";
    const struct log_field fields[] = {
        log_text("peer", connection->peer),
        log_text("reason", reason),
    };
    log_event(LOG_INFO, "refused", fields, sizeof fields / sizeof *fields);
    //% if metrics
    metrics_add_labelled(METRICS_REFUSED, reason, 1);
    //% endif
}

static void secure_shake_hands(struct connection *connection) {
    enum tls_result result = tls_shake_hands(connection->secure.tls);
    secure_flush(connection);
    if (result == TLS_DONE) {
        connection->secure.state = SECURE_OPEN;
        //% if tcp
        admission_complete(connection);
        //% endif
    } else if (result != TLS_WANTS_INPUT) {
        connection->secure.state = SECURE_FAILED;
        secure_report_refusal(connection);
        session_end_of_stream(&connection->session);
    }
}

// Where decrypted input goes: into the message that large payload belongs to, or to the desk.
static uint8_t *secure_room(struct connection *connection, size_t *room) {
    struct worker *worker = connection->worker;
    //% if direct_input
    worker->direct = 0;
    if (connection_wants_input(connection)) {
        uint8_t *message = session_direct_room(&connection->session, &worker->direct);
        if (message != NULL) {
            *room = worker->direct;
            return message;
        }
    }
    //% endif
    *room = CONFIG_RECEIVE_BUFFER;
    return worker->desk->input;
}

static enum tls_result secure_read(struct connection *connection, secure_reader *hand_on) {
    size_t room;
    size_t length;
    uint8_t *bytes = secure_room(connection, &room);
    enum tls_result result = tls_read(connection->secure.tls, bytes, room, &length);
    if (result == TLS_FAILED) {
        connection->secure.state = SECURE_FAILED;
    }
    secure_flush(connection); // before the desk serves another connection
    if (length > 0) {
        hand_on(connection, bytes, length);
    }
    return result;
}

// All that came is decrypted, also for a session that is paused: nothing would tell of it later.
static void secure_decrypt(struct connection *connection, secure_reader *hand_on) {
    enum tls_result result = TLS_DONE;
    while (result == TLS_DONE && !connection->lost) {
        result = secure_read(connection, hand_on);
    }
    if (result == TLS_ENDED) {
        connection->finished = true;
    } else if (result == TLS_FAILED) {
        session_end_of_stream(&connection->session);
    }
}

void secure_receive(struct connection *connection, const uint8_t *bytes, size_t length,
                    secure_reader *hand_on) {
    struct secure *secure = &connection->secure;
    struct tls_desk *desk = &connection->worker->desk->tls;
    desk->input = bytes;
    desk->input_length = length;
    if (secure->state == SECURE_HANDSHAKE) {
        secure_shake_hands(connection);
    }
    if (secure->state == SECURE_OPEN || secure->state == SECURE_FINISHED) {
        secure_decrypt(connection, hand_on);
    }
}

static void secure_skip_empty(struct secure_source *source) {
    while (source->count > 0 && source->offset == source->parts->iov_len) {
        source->parts++;
        source->count--;
        source->offset = 0;
    }
}

// The next bytes of the first part that is not empty.
static struct iovec secure_take(struct secure_source *source, size_t most) {
    size_t rest = source->parts->iov_len - source->offset;
    uint8_t *bytes = (uint8_t *)source->parts->iov_base + source->offset;
    struct iovec piece = {bytes, rest < most ? rest : most};
    source->offset += piece.iov_len;
    secure_skip_empty(source);
    return piece;
}

static struct iovec secure_gather(struct secure_source *source, size_t most, uint8_t *gathered) {
    struct iovec all = {gathered, 0};
    while (source->count > 0 && all.iov_len < most) {
        struct iovec piece = secure_take(source, most - all.iov_len);
        memcpy(gathered + all.iov_len, piece.iov_base, piece.iov_len);
        all.iov_len += piece.iov_len;
    }
    return all;
}

// What comes next in one piece: whole records from where they lie, or one that is gathered.
static struct iovec secure_piece(struct secure_source *source, size_t most, uint8_t *gathered) {
    size_t rest = source->parts->iov_len - source->offset;
    if (source->count > 1) {
        rest -= rest % TLS_RECORD_MOST;
    }
    if (rest > 0) {
        return secure_take(source, rest < most ? rest : most);
    }
    return secure_gather(source, most < TLS_RECORD_MOST ? most : TLS_RECORD_MOST, gathered);
}

// Makes records of as much as fits the buffer of one write; gives its length.
static size_t secure_seal(struct connection *connection, struct secure_source *source) {
    struct secure_desk *desk = connection->worker->desk;
    size_t sealed = 0;
    while (source->count > 0 && sealed < CONFIG_SEND_BUFFER) {
        struct iovec piece = secure_piece(source, CONFIG_SEND_BUFFER - sealed, desk->gathered);
        if (!tls_write(connection->secure.tls, piece.iov_base, piece.iov_len)) {
            connection_lose(connection);
            break;
        }
        sealed += piece.iov_len;
    }
    secure_flush(connection);
    return sealed;
}

static size_t secure_length(const struct iovec *parts, int count) {
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        length += parts[i].iov_len;
    }
    return length;
}

size_t secure_write(struct connection *connection, const struct iovec *parts, int count) {
    struct secure_source source = {.parts = parts, .count = count};
    size_t taken = 0;
    if (secure_unsent(connection) > 0) {
        secure_send_kept(connection);
    }
    if (connection->secure.state != SECURE_OPEN) {
        return secure_length(parts, count); // behind an alert nothing can be sent
    }
    secure_skip_empty(&source);
    while (source.count > 0 && !connection->lost && secure_unsent(connection) == 0) {
        taken += secure_seal(connection, &source);
    }
    return taken;
}
//% if io_uring

void secure_put_back(struct connection *connection, const uint8_t *bytes, size_t length) {
    struct secure *secure = &connection->secure;
    struct buffer later = secure->sealed;
    size_t sent = secure->sent;
    secure->sealed = (struct buffer){0};
    secure->sent = 0;
    secure_keep(connection, bytes, length);
    secure_keep(connection, later.data + sent, later.length - sent);
    buffer_free(&later);
}
//% endif

void secure_finish(struct connection *connection) {
    if (connection->secure.state == SECURE_OPEN) {
        connection->secure.state = SECURE_FINISHED;
        tls_finish(connection->secure.tls);
        secure_flush(connection);
    }
}
