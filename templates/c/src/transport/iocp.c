// I/O completion ports: requests that Windows carries out by itself report their end to the port.
//
// Receives ask for no bytes: such a one is over when input is there, which is then read into the
// buffer that all connections share, and idle ones hold on to no memory. Output is written at once;
// where there is no room for it, its next piece is sent by a request whose end tells of room.
#include "transport/transport.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/admission.h"
#include "transport/iocp.h"
#include "transport/output.h"
#include "transport/readiness.h"
#include "transport/server.h"
#include "transport/socket_io.h"
#include "transport/winsock.h"

#include <mswsock.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    IOCP_ENTRIES = 256, // completions of a turn
    IOCP_ACCEPTS = 16, // sockets that wait for peers
    IOCP_ADDRESS = sizeof(struct sockaddr_storage) + 16, // as AcceptEx() demands
};

struct iocp_accept {
    struct iocp_operation operation; // first: its address is the accept's
    int fd;
    uint8_t addresses[2 * IOCP_ADDRESS];
};

struct driver {
    HANDLE port; // the worker's wake
    LPFN_ACCEPTEX accept;
    size_t pending_count; // operations
    struct iocp_accept accepts[IOCP_ACCEPTS];
};

static HANDLE iocp_handle(int fd) {
    return (HANDLE)(SOCKET)fd;
}

// From now on the socket's completions come to the port.
static bool iocp_attach(const struct driver *driver, int fd) {
    if (CreateIoCompletionPort(iocp_handle(fd), driver->port, 0, 0) == NULL) {
        errno = ENOBUFS;
        return false;
    }
    return true;
}

static OVERLAPPED *iocp_prepare(struct driver *driver, struct iocp_operation *operation) {
    operation->overlapped = (OVERLAPPED){0};
    operation->pending = true;
    operation->error = 0;
    driver->pending_count++;
    return &operation->overlapped;
}

// What failed at once reports its end as all others do.
static void iocp_fail(const struct driver *driver, struct iocp_operation *operation, int error) {
    operation->error = error;
    (void)PostQueuedCompletionStatus(driver->port, 0, 0, &operation->overlapped);
}

static void iocp_judge(const struct driver *driver, struct iocp_operation *operation, bool begun) {
    if (!begun && WSAGetLastError() != WSA_IO_PENDING) {
        (void)winsock_fail();
        iocp_fail(driver, operation, errno);
    }
}

static void iocp_start_accept(struct worker *worker, struct iocp_accept *accept) {
    struct driver *driver = worker->driver;
    struct iocp_operation *operation = &accept->operation;
    OVERLAPPED *overlapped = iocp_prepare(driver, operation);
    accept->fd = socket_open(worker->server->address.socket.any.sa_family);
    if (accept->fd < 0) {
        iocp_fail(driver, operation, errno);
        return;
    }
    DWORD length;
    iocp_judge(driver, operation,
               driver->accept((SOCKET)worker->listener, (SOCKET)accept->fd, accept->addresses, 0,
                              IOCP_ADDRESS, IOCP_ADDRESS, &length, overlapped));
}

static void iocp_start_receive(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    struct iocp_operation *operation = &connection->iocp.receive;
    OVERLAPPED *overlapped = iocp_prepare(driver, operation);
    WSABUF nothing = {0};
    DWORD flags = 0;
    iocp_judge(driver, operation,
               WSARecv((SOCKET)connection->fd, &nothing, 1, NULL, &flags, overlapped, NULL) == 0);
}

static void iocp_start_send(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    struct iocp_connection *iocp = &connection->iocp;
    OVERLAPPED *overlapped = iocp_prepare(driver, &iocp->send);
    size_t unsent = output_unsent(connection);
    size_t length = unsent < IOCP_PIECE ? unsent : IOCP_PIECE;
    memcpy(iocp->piece, connection->output.data + connection->sent, length);
    WSABUF piece = {(ULONG)length, (char *)iocp->piece};
    iocp_judge(driver, &iocp->send,
               WSASend((SOCKET)connection->fd, &piece, 1, NULL, 0, overlapped, NULL) == 0);
}

static bool iocp_find_accept(struct driver *driver, int listener) {
    GUID name = WSAID_ACCEPTEX;
    DWORD length;
    int result = WSAIoctl((SOCKET)listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &name, sizeof name,
                          &driver->accept, sizeof driver->accept, &length, NULL, NULL);
    return (result == 0 ? 0 : winsock_fail()) == 0;
}

bool transport_open(struct worker *worker) {
    struct driver *driver = calloc(1, sizeof *driver);
    worker->driver = driver;
    if (driver == NULL) {
        return false;
    }
    driver->port = iocp_handle(worker->wake);
    if (!iocp_find_accept(driver, worker->listener) || !iocp_attach(driver, worker->listener)) {
        return false;
    }
    transport_accept(worker, true);
    return true;
}

void transport_accept(struct worker *worker, bool accepting) {
    if (!accepting) {
        (void)CancelIoEx(iocp_handle(worker->listener), NULL);
        return;
    }
    struct iocp_accept *accepts = worker->driver->accepts;
    for (int i = 0; i < IOCP_ACCEPTS; i++) {
        if (!accepts[i].operation.pending) {
            iocp_start_accept(worker, &accepts[i]);
        }
    }
}

bool transport_add(struct connection *connection) {
    struct iocp_connection *iocp = &connection->iocp;
    iocp->receive = (struct iocp_operation){.kind = IOCP_RECEIVE, .connection = connection};
    iocp->send = (struct iocp_operation){.kind = IOCP_SEND, .connection = connection};
    if (!iocp_attach(connection->worker->driver, connection->fd)) {
        return false;
    }
    iocp_start_receive(connection);
    return true;
}

// Input that nobody wants yet may end its request: another one begins when somebody does.
void transport_watch(struct connection *connection, bool input, bool output) {
    if (input && !connection->iocp.receive.pending) {
        iocp_start_receive(connection);
    }
    if (output && !connection->iocp.send.pending) {
        iocp_start_send(connection);
    }
}

void transport_remove(struct connection *connection) {
    (void)CancelIoEx(iocp_handle(connection->fd), NULL);
}

static bool iocp_is_idle(const struct connection *connection) {
    return !connection->iocp.receive.pending && !connection->iocp.send.pending;
}

void transport_free(struct connection *connection) {
    if (iocp_is_idle(connection)) {
        free(connection);
    } else {
        connection->iocp.orphaned = true;
    }
}

ssize_t transport_write(struct connection *connection, const struct iovec *parts, int count) {
    return socket_write(connection->fd, parts, count);
}

// The number of bytes; -1 and errno on failure.
static ssize_t iocp_result(struct iocp_operation *operation, int fd) {
    DWORD length = 0;
    DWORD flags;
    if (operation->error != 0) {
        errno = operation->error;
        return -1;
    }
    bool ended = WSAGetOverlappedResult((SOCKET)fd, &operation->overlapped, &length, FALSE, &flags);
    return ended ? (ssize_t)length : winsock_fail();
}

// Until it is told so, an accepted socket does not know its peer.
static bool iocp_introduce(int fd, int listener, struct address *address) {
    SOCKET handle = (SOCKET)listener;
    return socket_set_option(fd, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, &handle, sizeof handle) &&
           getpeername((SOCKET)fd, &address->socket.any, &address->length) == 0;
}

static void iocp_welcome(struct worker *worker, struct iocp_accept *accept) {
    struct address address = {.length = sizeof address.socket};
    if (iocp_result(&accept->operation, worker->listener) < 0) {
        int error = errno;
        socket_close(accept->fd);
        if (worker->accept_again_at == NEVER) {
            worker_accept_failed(worker, error);
        }
    } else if (iocp_introduce(accept->fd, worker->listener, &address)) {
        admission_welcome(worker, accept->fd, &address);
    } else {
        socket_close(accept->fd);
    }
}

static void iocp_accepted(struct worker *worker, struct iocp_accept *accept) {
    if (worker->listener < 0) {
        socket_close(accept->fd);
        return;
    }
    iocp_welcome(worker, accept);
    if (worker->accept_again_at == NEVER) {
        iocp_start_accept(worker, accept);
    }
}

static void iocp_received(struct connection *connection) {
    if (iocp_result(&connection->iocp.receive, connection->fd) < 0) {
        connection_lose(connection);
        return;
    }
    (void)readiness_read(connection);
    bool again = !connection->lost && !connection->iocp.receive.pending;
    if (again && connection_wants_input(connection)) {
        iocp_start_receive(connection);
    }
}

static void iocp_sent(struct connection *connection) {
    ssize_t length = iocp_result(&connection->iocp.send, connection->fd);
    if (length < 0) {
        connection_lose(connection);
    } else {
        output_took(connection, (size_t)length);
        connection_writable(connection);
    }
}

static void iocp_complete_connection(const struct iocp_operation *operation) {
    struct connection *connection = operation->connection;
    if (connection->iocp.orphaned) {
        if (iocp_is_idle(connection)) {
            free(connection);
        }
    } else if (!connection->lost && operation->kind == IOCP_RECEIVE) {
        iocp_received(connection);
    } else if (!connection->lost) {
        iocp_sent(connection);
    }
}

static void iocp_complete(struct worker *worker, OVERLAPPED *overlapped) {
    if (overlapped == NULL) {
        worker_woken(worker);
        return;
    }
    struct iocp_operation *operation = (struct iocp_operation *)overlapped;
    operation->pending = false;
    worker->driver->pending_count--;
    if (operation->kind == IOCP_ACCEPT) {
        iocp_accepted(worker, (struct iocp_accept *)operation);
    } else {
        iocp_complete_connection(operation);
    }
}

// INFINITE is the same number as a patience without end.
static ULONG iocp_wait(const struct driver *driver, OVERLAPPED_ENTRY entries[IOCP_ENTRIES],
                       int patience) {
    ULONG count = 0;
    bool woken = GetQueuedCompletionStatusEx(driver->port, entries, IOCP_ENTRIES, &count,
                                             (DWORD)patience, FALSE);
    return woken ? count : 0;
}

void transport_run(struct worker *worker) {
    OVERLAPPED_ENTRY entries[IOCP_ENTRIES];
    while (!worker_is_done(worker)) {
        ULONG count = iocp_wait(worker->driver, entries, worker_patience(worker));
        worker_wake(worker);
        for (ULONG i = 0; i < count; i++) {
            iocp_complete(worker, entries[i].lpOverlapped);
        }
        worker_turn(worker);
    }
}

// Completions that point to connections, and to the driver, have to come before these can go.
void transport_close(struct worker *worker) {
    struct driver *driver = worker->driver;
    if (driver == NULL) {
        return;
    }
    OVERLAPPED_ENTRY entries[IOCP_ENTRIES];
    if (worker->listener >= 0) {
        transport_accept(worker, false);
        socket_close(worker->listener);
        worker->listener = -1;
    }
    while (driver->pending_count > 0) {
        ULONG count = iocp_wait(driver, entries, -1);
        for (ULONG i = 0; i < count; i++) {
            iocp_complete(worker, entries[i].lpOverlapped);
        }
    }
    free(driver);
}
//% if posix
#endif
//% endif
