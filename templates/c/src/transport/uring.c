// io_uring(7): sockets are accepted and read by requests that stay, input comes in buffers of a
// ring that all connections share, and a turn's requests go to the kernel in one call.
//
// On liburing rather than the bare system calls: the rings' memory barriers are its business. As
// its version 2.3 cannot, this file allocates the ring of buffers.
#include "transport/uring.h"

#include "config.h"
#include "transport/admission.h"
//% if quick_ack
#include "transport/options.h"
//% endif
#include "transport/output.h"
#include "transport/socket_io.h"
#include "transport/transport.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    URING_ENTRIES = 256, // requests of a turn, before a further call is needed
    URING_COMPLETIONS = 4096,
    URING_BUFFERS_MOST = 128, // powers of two
    URING_BUFFERS_LEAST = 8,
    URING_SLOTS_MOST = 256,
    URING_GROUP = 0,
};

static const size_t URING_INPUT_MOST = 33554432; // bytes of all buffers, if they are large

// Output that the kernel reads when the turn is over.
struct uring_slot {
    struct uring_slot *next;
    uint8_t *data; // CONFIG_SEND_BUFFER bytes
};

struct driver {
    struct io_uring ring;
    struct io_uring_buf_ring *buffer_ring;
    uint8_t *buffers;
    unsigned buffer_count;
    struct uring_slot *spare;
    size_t slot_count;
    size_t orphan_count;
    struct uring_operation accept, wake, cancel;
};

static struct io_uring_sqe *uring_request(struct driver *driver,
                                          struct uring_operation *operation) {
    struct io_uring_sqe *request = io_uring_get_sqe(&driver->ring);
    while (request == NULL) {
        (void)io_uring_submit(&driver->ring); // makes room
        request = io_uring_get_sqe(&driver->ring);
    }
    operation->pending = true;
    return request;
}

static void uring_cancel(struct driver *driver, struct uring_operation *operation) {
    if (operation->pending && !operation->cancelled) {
        struct io_uring_sqe *request = uring_request(driver, &driver->cancel);
        io_uring_prep_cancel(request, operation, 0);
        io_uring_sqe_set_data(request, &driver->cancel);
        operation->cancelled = true;
    }
}

static void uring_start_accept(struct worker *worker) {
    struct driver *driver = worker->driver;
    struct io_uring_sqe *request = uring_request(driver, &driver->accept);
    io_uring_prep_multishot_accept(request, worker->listener, NULL, NULL,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
    io_uring_sqe_set_data(request, &driver->accept);
}

static void uring_start_wake(struct worker *worker) {
    struct driver *driver = worker->driver;
    struct io_uring_sqe *request = uring_request(driver, &driver->wake);
    io_uring_prep_poll_multishot(request, worker->wake, POLLIN);
    io_uring_sqe_set_data(request, &driver->wake);
}

static void uring_start_receive(struct connection *connection) {
    struct uring_operation *receive = &connection->uring.receive;
    struct io_uring_sqe *request = uring_request(connection->worker->driver, receive);
    io_uring_prep_recv_multishot(request, connection->fd, NULL, 0, 0);
    request->flags |= IOSQE_BUFFER_SELECT;
    request->buf_group = URING_GROUP;
    io_uring_sqe_set_data(request, receive);
}

static void uring_start_poll(struct connection *connection) {
    struct uring_operation *poll = &connection->uring.poll;
    struct io_uring_sqe *request = uring_request(connection->worker->driver, poll);
    io_uring_prep_poll_add(request, connection->fd, POLLOUT);
    io_uring_sqe_set_data(request, poll);
}

static uint8_t *uring_buffer(const struct driver *driver, unsigned number) {
    return driver->buffers + number * CONFIG_RECEIVE_BUFFER;
}

static void uring_offer_buffer(struct driver *driver, unsigned number, unsigned place) {
    io_uring_buf_ring_add(driver->buffer_ring, uring_buffer(driver, number),
                          (unsigned)CONFIG_RECEIVE_BUFFER, (unsigned short)number,
                          io_uring_buf_ring_mask(driver->buffer_count), (int)place);
}

// Memory of whole pages, which the kernel provides when they are used; NULL when it is short.
static void *uring_map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static unsigned uring_choose_buffer_count(void) {
    unsigned count = URING_BUFFERS_MOST;
    while (count > URING_BUFFERS_LEAST && count * CONFIG_RECEIVE_BUFFER > URING_INPUT_MOST) {
        count /= 2;
    }
    return count;
}

static bool uring_open_buffers(struct driver *driver) {
    driver->buffer_count = uring_choose_buffer_count();
    driver->buffers = uring_map(driver->buffer_count * CONFIG_RECEIVE_BUFFER);
    driver->buffer_ring = uring_map(driver->buffer_count * sizeof(struct io_uring_buf));
    if (driver->buffers == NULL || driver->buffer_ring == NULL) {
        return false;
    }
    struct io_uring_buf_reg registration = {
        .ring_addr = (uintptr_t)driver->buffer_ring,
        .ring_entries = driver->buffer_count,
        .bgid = URING_GROUP,
    };
    int result = io_uring_register_buf_ring(&driver->ring, &registration, 0);
    if (result < 0) {
        errno = -result;
        return false;
    }
    io_uring_buf_ring_init(driver->buffer_ring);
    for (unsigned i = 0; i < driver->buffer_count; i++) {
        uring_offer_buffer(driver, i, i);
    }
    io_uring_buf_ring_advance(driver->buffer_ring, (int)driver->buffer_count);
    return true;
}

// SINGLE_ISSUER came with Linux 6.0, as did receive requests that stay; DEFER_TASKRUN with 6.1.
// The thread that will run the worker enables the ring, and is then its only issuer.
static bool uring_open_ring(struct driver *driver) {
    struct io_uring_params params = {
        .flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
                 IORING_SETUP_DEFER_TASKRUN,
        .cq_entries = URING_COMPLETIONS,
    };
    int result = io_uring_queue_init_params(URING_ENTRIES, &driver->ring, &params);
    if (result == -EINVAL) {
        params = (struct io_uring_params){
            .flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER,
            .cq_entries = URING_COMPLETIONS,
        };
        result = io_uring_queue_init_params(URING_ENTRIES, &driver->ring, &params);
    }
    errno = -result;
    return result == 0;
}

bool transport_open(struct worker *worker) {
    struct driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL) {
        return false;
    }
    if (!uring_open_ring(driver)) {
        free(driver);
        return false;
    }
    worker->driver = driver;
    driver->accept.kind = URING_ACCEPT;
    driver->wake.kind = URING_WAKE;
    driver->cancel.kind = URING_CANCEL;
    if (!uring_open_buffers(driver)) {
        return false;
    }
    uring_start_wake(worker);
    uring_start_accept(worker);
    return true;
}

void transport_accept(struct worker *worker, bool accepting) {
    struct uring_operation *accept = &worker->driver->accept;
    if (!accepting) {
        uring_cancel(worker->driver, accept);
    } else if (!accept->pending) {
        uring_start_accept(worker);
    }
}

bool transport_add(struct connection *connection) {
    struct uring_connection *uring = &connection->uring;
    uring->receive = (struct uring_operation){.kind = URING_RECEIVE, .connection = connection};
    uring->send = (struct uring_operation){.kind = URING_SEND, .connection = connection};
    uring->poll = (struct uring_operation){.kind = URING_POLL, .connection = connection};
    uring_start_receive(connection);
    return true;
}

void transport_watch(struct connection *connection, bool input, bool output) {
    struct uring_connection *uring = &connection->uring;
    if (!input) {
        uring_cancel(connection->worker->driver, &uring->receive);
    } else if (!uring->receive.pending) {
        uring_start_receive(connection);
    }
    // What is in flight reports its own end.
    if (output && uring->in_flight == 0 && !uring->poll.pending) {
        uring_start_poll(connection);
    }
}

// Requests hold on to the socket: without them it closes.
void transport_remove(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    uring_cancel(driver, &connection->uring.receive);
    uring_cancel(driver, &connection->uring.send);
    uring_cancel(driver, &connection->uring.poll);
}

static bool uring_is_idle(const struct uring_connection *uring) {
    return !uring->receive.pending && !uring->send.pending && !uring->poll.pending;
}

void transport_free(struct connection *connection) {
    if (uring_is_idle(&connection->uring)) {
        free(connection);
    } else {
        connection->uring.orphaned = true;
        connection->worker->driver->orphan_count++;
    }
}

static struct uring_slot *uring_take_slot(struct driver *driver) {
    struct uring_slot *slot = driver->spare;
    if (slot != NULL) {
        driver->spare = slot->next;
        return slot;
    }
    if (driver->slot_count == URING_SLOTS_MOST) {
        return NULL;
    }
    slot = malloc(sizeof *slot);
    uint8_t *data = malloc(CONFIG_SEND_BUFFER);
    if (slot == NULL || data == NULL) {
        free(slot);
        free(data);
        return NULL;
    }
    slot->data = data;
    driver->slot_count++;
    return slot;
}

static void uring_give_slot(struct driver *driver, struct uring_slot *slot) {
    slot->next = driver->spare;
    driver->spare = slot;
}

// The turn's collected output changes hands; other parts are copied.
static void uring_fill_slot(struct worker *worker, struct uring_slot *slot,
                            const struct iovec *parts, int count) {
    if (count == 1 && parts->iov_base == worker->send_buffer) {
        uint8_t *data = slot->data;
        slot->data = worker->send_buffer;
        worker->send_buffer = data;
        return;
    }
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        if (parts[i].iov_len > 0) {
            memcpy(slot->data + length, parts[i].iov_base, parts[i].iov_len);
            length += parts[i].iov_len;
        }
    }
}

static void uring_start_send(struct connection *connection, struct uring_slot *slot,
                             size_t length) {
    struct uring_operation *send = &connection->uring.send;
    struct io_uring_sqe *request = uring_request(connection->worker->driver, send);
    // What the kernel cannot take at once is to be known as unsent.
    io_uring_prep_send(request, connection->fd, slot->data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    io_uring_sqe_set_data(request, send);
    connection->uring.slot = slot;
    connection->uring.in_flight = length;
}

static size_t uring_length(const struct iovec *parts, int count) {
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        length += parts[i].iov_len;
    }
    return length;
}

// Large output goes out at once: to copy it would cost more than a call.
ssize_t transport_write(struct connection *connection, const struct iovec *parts, int count) {
    struct worker *worker = connection->worker;
    size_t length = uring_length(parts, count);
    if (connection->uring.in_flight > 0) {
        errno = EAGAIN;
        return -1;
    }
    struct uring_slot *slot = NULL;
    if (length <= CONFIG_SEND_BUFFER) {
        slot = uring_take_slot(worker->driver);
    }
    if (slot == NULL) {
        return socket_write(connection->fd, parts, count);
    }
    uring_fill_slot(worker, slot, parts, count);
    uring_start_send(connection, slot, length);
    return (ssize_t)length;
}

static void uring_accepted(struct worker *worker, int result) {
    struct address address = {.length = sizeof address.socket};
    result = socket_completed("accept", worker->listener, result);
    if (result < 0) {
        worker_accept_failed(worker, -result);
    } else if (worker->listener < 0 ||
               getpeername(result, &address.socket.any, &address.length) != 0) {
        socket_close(result);
    } else {
        admission_welcome(worker, result, &address);
    }
    bool accepting = worker->listener >= 0 && worker->accept_again_at == NEVER;
    if (accepting && !worker->driver->accept.pending) {
        uring_start_accept(worker);
    }
}

static void uring_woken(struct worker *worker) {
    if (!worker->driver->wake.pending) {
        uring_start_wake(worker);
    }
    worker_woken(worker);
}

static void uring_hand_on(struct connection *connection, unsigned number, int length) {
    struct driver *driver = connection->worker->driver;
    //% if quick_ack
    options_acknowledge(connection->fd);
    //% endif
    connection_receive(connection, uring_buffer(driver, number), (size_t)length);
}

static bool uring_is_passing(int error) {
    return error == ENOBUFS || error == ECANCELED || error == EINTR || error == EAGAIN;
}

static void uring_received(struct connection *connection, int result, unsigned flags) {
    struct driver *driver = connection->worker->driver;
    unsigned number = flags >> IORING_CQE_BUFFER_SHIFT;
    if (!connection->lost) {
        result = socket_completed("read", connection->fd, result);
        if (result > 0) {
            uring_hand_on(connection, number, result);
        } else if (result == 0) {
            connection_finish(connection);
        } else if (!uring_is_passing(-result)) {
            connection_lose(connection);
        }
    }
    if ((flags & IORING_CQE_F_BUFFER) != 0) {
        uring_offer_buffer(driver, number, 0);
        io_uring_buf_ring_advance(driver->buffer_ring, 1);
    }
    // It ends for want of buffers or room for completions, too.
    bool again = !connection->lost && !connection->uring.receive.pending;
    if (again && connection_wants_input(connection)) {
        uring_start_receive(connection);
    }
}

static void uring_sent(struct connection *connection, int result) {
    struct uring_connection *uring = &connection->uring;
    size_t length = uring->in_flight;
    size_t taken = result > 0 ? (size_t)result : 0;
    uring->in_flight = 0;
    if (!connection->lost) {
        result = socket_completed("write", connection->fd, result);
        if (result < 0 && !socket_would_block(-result)) {
            connection_lose(connection);
        } else if (taken < length) {
            output_put_back(connection, uring->slot->data + taken, length - taken);
            connection_settle(connection);
        } else {
            connection_writable(connection);
        }
    }
}

static void uring_release(struct connection *connection) {
    struct driver *driver = connection->worker->driver;
    if (connection->uring.orphaned && uring_is_idle(&connection->uring)) {
        driver->orphan_count--;
        free(connection);
    }
}

static void uring_complete_connection(struct uring_operation *operation,
                                      const struct io_uring_cqe *completion) {
    struct connection *connection = operation->connection;
    struct uring_slot *slot = connection->uring.slot;
    switch (operation->kind) {
    case URING_RECEIVE:
        uring_received(connection, completion->res, completion->flags);
        break;
    case URING_SEND:
        uring_sent(connection, completion->res);
        uring_give_slot(connection->worker->driver, slot);
        break;
    default:
        if (!connection->lost) {
            connection_writable(connection);
        }
        break;
    }
    uring_release(connection);
}

static void uring_complete(struct worker *worker, const struct io_uring_cqe *completion) {
    struct uring_operation *operation = io_uring_cqe_get_data(completion);
    operation->pending = (completion->flags & IORING_CQE_F_MORE) != 0;
    operation->cancelled = operation->pending && operation->cancelled;
    switch (operation->kind) {
    case URING_ACCEPT:
        uring_accepted(worker, completion->res);
        break;
    case URING_WAKE:
        uring_woken(worker);
        break;
    case URING_CANCEL:
        break;
    default:
        uring_complete_connection(operation, completion);
        break;
    }
}

static void uring_complete_all(struct worker *worker) {
    struct io_uring *ring = &worker->driver->ring;
    struct io_uring_cqe *completion;
    while (io_uring_peek_cqe(ring, &completion) == 0) {
        struct io_uring_cqe copy = *completion;
        io_uring_cqe_seen(ring, completion);
        uring_complete(worker, &copy);
    }
}

static void uring_wait(struct worker *worker) {
    int patience = worker_patience(worker);
    struct __kernel_timespec time = {
        .tv_sec = patience / 1000,
        .tv_nsec = (long long)(patience % 1000) * 1000000,
    };
    struct io_uring_cqe *completion;
    (void)io_uring_submit_and_wait_timeout(&worker->driver->ring, &completion, 1,
                                           patience < 0 ? NULL : &time, NULL);
}

// liburing 2.3 declares io_uring_enable_rings() but does not export it.
static void uring_enable(const struct driver *driver) {
    (void)syscall(SYS_io_uring_register, driver->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL,
                  0);
}

void transport_run(struct worker *worker) {
    uring_enable(worker->driver);
    while (!worker_is_done(worker)) {
        uring_wait(worker);
        worker_wake(worker);
        uring_complete_all(worker);
        worker_turn(worker);
    }
}

// Completions that point to connections have to come before these can go.
static void uring_await_orphans(struct worker *worker) {
    struct driver *driver = worker->driver;
    while (driver->orphan_count > 0 && io_uring_submit_and_wait(&driver->ring, 1) >= 0) {
        uring_complete_all(worker);
    }
}

void transport_close(struct worker *worker) {
    struct driver *driver = worker->driver;
    if (driver == NULL) {
        return;
    }
    uring_await_orphans(worker);
    io_uring_queue_exit(&driver->ring);
    while (driver->spare != NULL) {
        struct uring_slot *slot = driver->spare;
        driver->spare = slot->next;
        free(slot->data);
        free(slot);
    }
    if (driver->buffers != NULL) {
        (void)munmap(driver->buffers, driver->buffer_count * CONFIG_RECEIVE_BUFFER);
    }
    if (driver->buffer_ring != NULL) {
        (void)munmap(driver->buffer_ring, driver->buffer_count * sizeof(struct io_uring_buf));
    }
    free(driver);
}
