// Socket operations as the server uses them; with tracing on, each leaves a line on standard error.
#ifndef SOCKET_IO_H
#define SOCKET_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

void socket_trace(bool on);

// As the system calls of those names: -1 and errno on failure. Interrupted ones are repeated.
int socket_open(int family);
bool socket_set_option(int fd, int level, int option, const void *value, socklen_t size);
bool socket_bind(int fd, const struct sockaddr *address, socklen_t length);
bool socket_listen(int fd, int backlog);
//% if polled
int socket_accept(int fd, struct sockaddr *address, socklen_t *length);
//% endif
//% if not io_uring
ssize_t socket_read(int fd, const struct iovec *parts, int count);
//% endif
ssize_t socket_write(int fd, const struct iovec *parts, int count);
void socket_shutdown(int fd);
void socket_close(int fd);

//% if io_uring
// Traces what the kernel did by itself; a negative result is an error.
int socket_completed(const char *operation, int fd, int result);

//% endif
// Whether a read or write failed only because it would have to wait.
bool socket_would_block(int error);

#endif
