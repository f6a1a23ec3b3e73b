// Datagrams of one size for one receiver that pass through the kernel as one.
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    SEGMENTS_LARGEST = 65536, // what they are together at most, in bytes
    SEGMENTS_CONTROL_SIZE = CMSG_SPACE(sizeof(int))
};

// Whether the kernel can do that.
bool segments_are_known(int fd);

// Lets input come so, too. False where the kernel cannot do that.
bool segments_accept(int fd);

// How long each datagram of a received message is, but the last, which may be shorter; 0 for a
// message that is one datagram.
size_t segments_length(struct msghdr *message);

// Says in `control`, which is the message's, how long each of them is.
void segments_announce(struct msghdr *message, void *control, size_t size);

#endif
