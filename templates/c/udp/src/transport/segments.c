// UDP_SEGMENT and UDP_GRO, udp(7)
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

bool segments_accept(int fd) {
    const int on = 1;
    return setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0;
}

size_t segments_length(struct msghdr *message) {
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != IPPROTO_UDP || header->cmsg_type != UDP_GRO) {
        return 0;
    }
    int size;
    memcpy(&size, CMSG_DATA(header), sizeof size);
    return (size_t)size;
}

void segments_announce(struct msghdr *message, void *control, size_t size) {
    message->msg_control = control;
    const uint16_t segment = (uint16_t)size;
    message->msg_controllen = CMSG_SPACE(sizeof segment);
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
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
