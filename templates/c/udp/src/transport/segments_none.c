// Each datagram goes by itself.
#include "transport/segments.h"

//% if linux
#ifndef __linux__
//% endif
bool segments_are_known(int fd) {
    (void)fd;
    return false;
}

bool segments_accept(int fd) {
    (void)fd;
    return false;
}

size_t segments_length(struct msghdr *message) {
    (void)message;
    return 0;
}

void segments_announce(struct msghdr *message, void *control, size_t size) {
    (void)message;
    (void)control;
    (void)size;
}
//% if linux
#endif
//% endif
