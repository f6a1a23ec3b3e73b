#include "transport/readiness.h"

#include "config.h"
//% if polled
#include "transport/admission.h"
//% endif
//% if quick_ack
#include "transport/options.h"
//% endif
#include "transport/socket_io.h"
#include "transport/transport.h"

#include <errno.h>
#include <stdlib.h>

//% if direct_input and not tls
// Where input goes: into the shared buffer, and before it into the message that large payload
// belongs to.
//% endif
//% if tls or not direct_input
// Where input goes.
//% endif
struct readiness_room {
    struct iovec parts[2];
    int count;
    size_t size;
};

static struct readiness_room readiness_room(struct connection *connection) {
    struct worker *worker = connection->worker;
    struct readiness_room room = {
        .parts = {{worker->receive_buffer, CONFIG_RECEIVE_BUFFER}},
        .count = 1,
        .size = CONFIG_RECEIVE_BUFFER,
    };
    //% if direct_input and not tls
    worker->direct = 0;
    uint8_t *message = session_direct_room(&connection->session, &worker->direct);
    if (message != NULL) {
        room.parts[1] = room.parts[0];
        room.parts[0] = (struct iovec){message, worker->direct};
        room.count = 2;
        room.size += worker->direct;
    }
    //% endif
    return room;
}

static enum readiness readiness_fault(struct connection *connection, int error) {
    if (!socket_would_block(error)) {
        connection_lose(connection);
    }
    return READINESS_NONE;
}

enum readiness readiness_read(struct connection *connection) {
    if (connection->lost || !connection_wants_input(connection)) {
        return READINESS_NONE;
    }
    struct readiness_room room = readiness_room(connection);
    ssize_t length = socket_read(connection->fd, room.parts, room.count);
    if (length < 0) {
        return readiness_fault(connection, errno);
    }
    //% if quick_ack
    options_acknowledge(connection->fd);
    //% endif
    if (length == 0) {
        connection_finish(connection);
        return READINESS_NONE;
    }
    connection_receive(connection, connection->worker->receive_buffer, (size_t)length);
    return (size_t)length < room.size ? READINESS_SOME : READINESS_MORE;
}
//% if polled and io_iocp
#ifndef _WIN32
//% endif
//% if polled

enum {
    READINESS_ACCEPTS_A_TURN = 64
};

void readiness_accept(struct worker *worker) {
    struct address address;
    for (int i = 0; i < READINESS_ACCEPTS_A_TURN; i++) {
        int fd = worker_accept(worker, &address);
        if (fd < 0) {
            return;
        }
        admission_welcome(worker, fd, &address);
    }
}

ssize_t transport_write(struct connection *connection, const struct iovec *parts, int count) {
    return socket_write(connection->fd, parts, count);
}

void transport_free(struct connection *connection) {
    free(connection);
}

void readiness_fail(struct connection *connection) {
    if (connection_wants_input(connection)) {
        (void)readiness_read(connection); // learns the error, after what came before it
    } else {
        connection_lose(connection);
    }
}
//% endif
//% if polled and io_iocp
#endif
//% endif
