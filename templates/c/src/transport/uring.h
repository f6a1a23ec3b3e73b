// What io_uring keeps in each connection.
#ifndef URING_H
#define URING_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct uring_slot;

enum uring_kind {
    URING_ACCEPT,
    URING_WAKE,
    URING_RECEIVE,
    URING_SEND,
    URING_POLL, // for room to write
    URING_CANCEL,
};

// What a completion points to.
struct uring_operation {
    enum uring_kind kind;
    bool pending; // another completion will come
    bool cancelled;
    struct connection *connection;
};

struct uring_connection {
    struct uring_operation receive, send, poll;
    struct uring_slot *slot; // what is being sent
    size_t in_flight; // its bytes
    bool orphaned; // freed, but for what completions point to
};

#endif
