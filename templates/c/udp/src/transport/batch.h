// Several datagrams a call, for systems without recvmmsg(2) and sendmmsg(2).
#ifndef BATCH_H
#define BATCH_H

#include <sys/socket.h>

//% if several_platforms
#ifdef __APPLE__
//% endif
struct batch_datagram {
    struct msghdr msg_hdr;
    unsigned msg_len;
};

int batch_receive(int fd, struct batch_datagram *datagrams, unsigned count, int flags);
int batch_send(int fd, struct batch_datagram *datagrams, unsigned count, int flags);

// By the names of other systems.
#define mmsghdr batch_datagram
#define recvmmsg(fd, datagrams, count, flags, timeout) batch_receive(fd, datagrams, count, flags)
#define sendmmsg batch_send
#undef MSG_WAITFORONE
#define MSG_WAITFORONE 0 // nothing but the first is waited for in any case
//% if several_platforms
#endif
//% endif

#endif
