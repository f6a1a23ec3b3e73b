// What systems do in different ways.
#ifndef PLATFORM_H
#define PLATFORM_H

//% if macos
#include <stdbool.h>
//% endif
//% if several_workers or macos and peers
#include <stddef.h>
//% endif
//% if (keep_alive or cork) and not udp
#include <netinet/tcp.h>
//% endif
#include <sys/socket.h>

// Options go by their Linux names.
//% if macos
//% if several_platforms
#ifdef __APPLE__
//% endif
//% if keep_alive and not udp
#define TCP_KEEPIDLE TCP_KEEPALIVE
//% endif
//% if linger and not udp
#undef SO_LINGER
#define SO_LINGER SO_LINGER_SEC // the other one counts ticks of the clock
//% endif
//% if several_platforms
#endif
//% endif
//% endif
//% if freebsd
//% if several_platforms
#ifdef __FreeBSD__
//% endif
//% if reuse_port
#undef SO_REUSEPORT
#define SO_REUSEPORT SO_REUSEPORT_LB // the other one gives everything to the newest socket
//% endif
//% if cork and not udp
#define TCP_CORK TCP_NOPUSH
//% endif
//% if several_platforms
#endif
//% endif
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
//% if macos and peers

// Random bytes.
void platform_draw(void *bytes, size_t size);
//% endif

#endif
