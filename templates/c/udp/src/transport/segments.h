// Datagrams of one size for one receiver that pass through the kernel as one.
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    SEGMENTS_CONTROL_SIZE = CMSG_SPACE(sizeof(uint16_t))
};

// Whether the kernel can do that.
bool segments_are_known(int fd);

// Says in `control`, which is the message's, how long each of them is.
void segments_announce(struct msghdr *message, void *control, size_t size);

#endif
