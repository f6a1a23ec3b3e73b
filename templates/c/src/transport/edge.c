#include "transport/edge.h"

#include "transport/readiness.h"
#include "transport/transport.h"

enum {
    EDGE_READS_IN_A_ROW = 16
};

static void edge_enqueue(struct connection *connection) {
    struct edge *edge = &connection->worker->edge;
    connection->queued = true;
    connection->previous_ready = edge->last_ready;
    connection->next_ready = NULL;
    if (edge->last_ready != NULL) {
        edge->last_ready->next_ready = connection;
    } else {
        edge->first_ready = connection;
    }
    edge->last_ready = connection;
    edge->ready_count++;
}

static void edge_dequeue(struct connection *connection) {
    struct edge *edge = &connection->worker->edge;
    if (connection->previous_ready != NULL) {
        connection->previous_ready->next_ready = connection->next_ready;
    } else {
        edge->first_ready = connection->next_ready;
    }
    if (connection->next_ready != NULL) {
        connection->next_ready->previous_ready = connection->previous_ready;
    } else {
        edge->last_ready = connection->previous_ready;
    }
    edge->ready_count--;
}

// A connection that was paused may have input that was reported meanwhile.
void transport_watch(struct connection *connection, bool input, bool output) {
    (void)output;
    if (input && connection->ready && !connection->queued) {
        edge_enqueue(connection);
    }
}

void transport_remove(struct connection *connection) {
    if (connection->queued && connection != connection->worker->edge.served) {
        edge_dequeue(connection);
    }
}

void edge_notice(struct connection *connection, bool hung) {
    connection->ready = true;
    connection->hung |= hung;
    if (!connection->queued) {
        edge_enqueue(connection);
    }
}

bool edge_has_ready(const struct worker *worker) {
    return worker->edge.first_ready != NULL;
}

static bool edge_may_read(const struct connection *connection) {
    return connection->ready && !connection->lost && connection_wants_input(connection);
}

// A read that leaves room says that the kernel has no more (epoll(7), question 9), but for an end
// of stream that was reported with the input.
static void edge_serve(struct connection *connection) {
    for (int i = 0; i < EDGE_READS_IN_A_ROW && edge_may_read(connection); i++) {
        enum readiness readiness = readiness_read(connection);
        connection->ready =
            readiness == READINESS_MORE || (readiness == READINESS_SOME && connection->hung);
    }
    connection->queued = false;
    connection->worker->edge.served = NULL;
    if (edge_may_read(connection)) {
        edge_enqueue(connection);
    }
}

void edge_serve_ready(struct worker *worker) {
    struct edge *edge = &worker->edge;
    for (size_t i = edge->ready_count; i > 0 && edge->first_ready != NULL; i--) {
        edge->served = edge->first_ready;
        edge_dequeue(edge->served);
        edge_serve(edge->served);
    }
}
