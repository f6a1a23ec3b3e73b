// Options that other systems have by another name than Linux.
#ifndef OPTION_NAMES_H
#define OPTION_NAMES_H

//% if (keep_alive or cork) and not udp
#include <netinet/tcp.h>
//% endif
#include <sys/socket.h>

//% if macos_options
//% if several_platforms
#ifdef __APPLE__
//% endif
//% if keep_alive
#define TCP_KEEPIDLE TCP_KEEPALIVE
//% endif
//% if linger
#undef SO_LINGER
#define SO_LINGER SO_LINGER_SEC // the other one counts ticks of the clock
//% endif
//% if several_platforms
#endif
//% endif
//% endif
//% if freebsd_options

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

#endif
