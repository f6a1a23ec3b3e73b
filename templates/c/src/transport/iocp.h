// What completion ports keep in each connection.
#ifndef IOCP_H
#define IOCP_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

struct connection;

enum {
    IOCP_PIECE = 512
};

enum iocp_kind {
    IOCP_ACCEPT,
    IOCP_RECEIVE,
    IOCP_SEND,
};

// What a completion points to.
struct iocp_operation {
    OVERLAPPED overlapped; // first: its address is the operation's
    enum iocp_kind kind;
    bool pending; // its completion will come
    int error; // of a request that failed at once
    struct connection *connection;
};

struct iocp_connection {
    struct iocp_operation receive, send;
    bool orphaned; // freed, but for what completions point to
    uint8_t piece[IOCP_PIECE]; // of the output, which Windows reads when it can
};

#endif
