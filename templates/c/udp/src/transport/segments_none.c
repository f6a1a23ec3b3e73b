// Each datagram goes by itself.
#include "transport/segments.h"

//% if linux
#ifndef __linux__
//% endif
bool segments_are_known(int fd) {
    (void)fd;
    return false;
}

void segments_announce(struct msghdr *message, void *control, size_t size) {
    (void)message;
    (void)control;
    (void)size;
}
//% if linux
#endif
//% endif
