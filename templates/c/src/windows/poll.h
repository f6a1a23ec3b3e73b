// poll(2), for as few sockets as one that waits for a single peer has.
#ifndef WINDOWS_POLL_H
#define WINDOWS_POLL_H

#include <sys/socket.h>

struct windows_pollfd {
    int fd; // passed over if it is negative
    short events;
    short revents;
};

int windows_poll(struct windows_pollfd *watched, unsigned count, int patience);

#define pollfd windows_pollfd
#define poll windows_poll

#endif
