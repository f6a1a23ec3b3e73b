// epoll(7), level-triggered: what one read leaves behind is reported again.
#include "transport/transport.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EPOLL_EVENTS = 256
};

static bool epoll_control(int poller, int operation, int fd, uint32_t events, void *subject) {
    struct epoll_event event = {.events = events, .data.ptr = subject};
    return epoll_ctl(poller, operation, fd, &event) == 0;
}

bool transport_open(struct server *server) {
    server->poller = epoll_create1(EPOLL_CLOEXEC);
    return server->poller >= 0 &&
           epoll_control(server->poller, EPOLL_CTL_ADD, server->signals, EPOLLIN,
                         &server->signals) &&
           epoll_control(server->poller, EPOLL_CTL_ADD, server->listener, EPOLLIN,
                         &server->listener);
}

void transport_close(struct server *server) {
    (void)close(server->poller);
}

void transport_accept(struct server *server, bool accepting) {
    (void)epoll_control(server->poller, EPOLL_CTL_MOD, server->listener, accepting ? EPOLLIN : 0,
                        &server->listener);
}

bool transport_add(struct connection *connection) {
    connection->watches_input = true;
    return epoll_control(connection->server->poller, EPOLL_CTL_ADD, connection->fd, EPOLLIN,
                         connection);
}

void transport_watch(struct connection *connection, bool input, bool output) {
    if (input == connection->watches_input && output == connection->watches_output) {
        return;
    }
    connection->watches_input = input;
    connection->watches_output = output;
    uint32_t events = (input ? EPOLLIN : 0U) | (output ? EPOLLOUT : 0U);
    if (!epoll_control(connection->server->poller, EPOLL_CTL_MOD, connection->fd, events,
                       connection)) {
        connection_lose(connection);
    }
}

void transport_remove(struct connection *connection) {
    (void)connection; // closing its descriptor takes it out
}

static void epoll_dispatch_connection(struct connection *connection, uint32_t events) {
    if ((events & EPOLLOUT) != 0 && !connection->lost) {
        connection_writable(connection);
    }
    if ((events & EPOLLIN) != 0 && !connection->lost) {
        connection_readable(connection);
    } else if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !connection->lost) {
        connection_broken(connection);
    }
}

static void epoll_dispatch(struct server *server, const struct epoll_event *event) {
    if (event->data.ptr == &server->signals) {
        server_signalled(server);
    } else if (event->data.ptr == &server->listener) {
        server_acceptable(server);
    } else {
        epoll_dispatch_connection(event->data.ptr, event->events);
    }
}

void transport_run(struct server *server) {
    struct epoll_event events[EPOLL_EVENTS];
    while (!server_is_done(server)) {
        int count = epoll_wait(server->poller, events, EPOLL_EVENTS, server_patience(server));
        server_wake(server);
        for (int i = 0; i < count; i++) {
            epoll_dispatch(server, &events[i]);
        }
        server_turn(server);
    }
}
