// What systems do in different ways.
#ifndef PLATFORM_H
#define PLATFORM_H

//% if macos
#include <stdbool.h>
//% endif
//% if several_workers or draws
#include <stddef.h>
//% endif
//% if macos
#include <sys/socket.h>
//% endif

//% if macos

// As socket(2) and accept4(2) with SOCK_CLOEXEC, and SOCK_NONBLOCK unless it waits.
int platform_socket(int family, int type, bool waits);
int platform_accept(int fd, struct sockaddr *address, socklen_t *length, bool waits);
//% endif
//% if macos and several_workers

// Whether sockets of one port share what comes to it (SO_REUSEPORT).
bool platform_shares_ports(void);
//% endif
//% if several_workers

// How many the process may use.
size_t platform_core_count(void);
//% endif
//% if draws

// Random bytes.
void platform_draw(void *bytes, size_t size);
//% endif

#endif
