#ifndef WINSOCK_POLL_H
#define WINSOCK_POLL_H

#include <sys/socket.h>

//% if posix
#ifdef _WIN32
//% endif
// WSAPoll(), as poll() is elsewhere: the end of a peer's stream is input, and nothing where input
// is not wanted. It may return before the time is over although nothing came.
int winsock_poll(WSAPOLLFD *watched, ULONG count, int patience);
//% if posix
#endif
//% endif

#endif
