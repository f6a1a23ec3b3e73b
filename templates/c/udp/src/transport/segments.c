// UDP_SEGMENT, udp(7)
#include "transport/segments.h"

//% if several_platforms
#ifdef __linux__
//% endif
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

bool segments_are_known(int fd) {
    int size;
    socklen_t length = sizeof size;
    return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &length) == 0;
}

void segments_announce(struct msghdr *message, void *control, size_t size) {
    message->msg_control = control;
    message->msg_controllen = SEGMENTS_CONTROL_SIZE;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    const uint16_t segment = (uint16_t)size;
    *header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof segment),
        .cmsg_level = IPPROTO_UDP,
        .cmsg_type = UDP_SEGMENT,
    };
    memcpy(CMSG_DATA(header), &segment, sizeof segment);
}
//% if several_platforms
#endif
//% endif
