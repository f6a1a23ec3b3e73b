// Sockets that wait, for services.c.
#ifndef SERVICES_IO_H
#define SERVICES_IO_H

#include "transport/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
    SERVICES_BACKLOG = 16
};

// -1, or false, and errno on failure.
int services_socket(int family);
bool services_listen(int fd, const struct address *address);
int services_accept(int listener);

// From then on no operation waits longer.
void services_limit(int fd, int seconds);
ssize_t services_read(int fd, void *bytes, size_t room);
ssize_t services_write(int fd, const void *bytes, size_t length);
// Ends the output.
void services_shutdown(int fd);
void services_close(int fd);

#endif
