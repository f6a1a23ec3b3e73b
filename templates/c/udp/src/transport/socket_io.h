// Socket operations as the server uses them; with tracing on, each leaves a line on standard error.
#ifndef SOCKET_IO_H
#define SOCKET_IO_H

//% if macos
#include "transport/batch.h"

//% endif
#include <stdbool.h>
#include <sys/socket.h>

void socket_trace(bool on);

// As the system calls of those names: -1 and errno on failure.
int socket_open(int family);
bool socket_set_option(int fd, int level, int option, const void *value, socklen_t size);
bool socket_bind(int fd, const struct sockaddr *address, socklen_t length);
int socket_receive(int fd, struct mmsghdr *datagrams, unsigned count, bool waits_for_one);
int socket_send(int fd, struct mmsghdr *datagrams, unsigned count);
void socket_close(int fd);

// Whether an operation failed only because it would have to wait.
bool socket_would_block(int error);

#endif
