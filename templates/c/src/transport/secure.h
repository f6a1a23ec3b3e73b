// TLS between a connection's socket and its session.
#ifndef SECURE_H
#define SECURE_H

#include "protocol/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct connection;
struct ssl_st;
struct worker;

enum secure_state {
    SECURE_HANDSHAKE,
    SECURE_OPEN,
    SECURE_FINISHED, // the close_notify was sent
    SECURE_FAILED, // all input is dropped
};

struct secure {
    struct ssl_st *tls;
    enum secure_state state;
    uint64_t accepted_at;
    struct buffer sealed; // records that the kernel has not taken; the first `sent` bytes are gone
    size_t sent;
};

typedef void secure_reader(struct connection *connection, uint8_t *bytes, size_t length);

// What the worker's connections share. False when memory is short.
bool secure_open_worker(struct worker *worker);
void secure_close_worker(struct worker *worker);

// Begins to wait for the handshake; false when memory is short.
bool secure_start(struct connection *connection);
void secure_free(struct connection *connection);

// When the handshake has to be over.
uint64_t secure_deadline(const struct connection *connection);

// Bytes from the socket; `hand_on` gets the session's.
void secure_receive(struct connection *connection, const uint8_t *bytes, size_t length,
                    secure_reader *hand_on);
// Writes encrypted. The number of bytes that need not be looked after any more; a connection that
// the kernel has given up is lost.
size_t secure_write(struct connection *connection, const struct iovec *parts, int count);
// Encrypted bytes that wait for the kernel.
size_t secure_unsent(const struct connection *connection);
//% if io_uring
// What the kernel did not take of a write that is over goes before all else.
void secure_put_back(struct connection *connection, const uint8_t *bytes, size_t length);
//% endif
// Nothing more will be written.
void secure_finish(struct connection *connection);

#endif
