#include "transport/batch.h"

//% if several_platforms
#ifdef __APPLE__
//% endif
int batch_receive(int fd, struct batch_datagram *datagrams, unsigned count, int flags) {
    for (unsigned i = 0; i < count; i++) {
        ssize_t length = recvmsg(fd, &datagrams[i].msg_hdr, i == 0 ? flags : flags | MSG_DONTWAIT);
        if (length < 0) {
            return i == 0 ? -1 : (int)i;
        }
        datagrams[i].msg_len = (unsigned)length;
    }
    return (int)count;
}

int batch_send(int fd, struct batch_datagram *datagrams, unsigned count, int flags) {
    for (unsigned i = 0; i < count; i++) {
        ssize_t length = sendmsg(fd, &datagrams[i].msg_hdr, flags);
        if (length < 0) {
            return i == 0 ? -1 : (int)i;
        }
        datagrams[i].msg_len = (unsigned)length;
    }
    return (int)count;
}
//% if several_platforms
#endif
//% endif
