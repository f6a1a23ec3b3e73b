// What winsock_poll() makes of a WSAPoll() that tells of the end of a stream for ever, as Windows does.
#include <sys/socket.h>

static SHORT told;

static int hang_up(WSAPOLLFD *watched, ULONG count, INT patience) {
    (void)patience;
    for (ULONG i = 0; i < count; i++) {
        watched[i].revents = told;
    }
    return (int)count;
}

#define WSAPoll hang_up
#include "transport/winsock_poll.c"

#include <stdio.h>
#include <stdlib.h>

static void expect(SHORT asked, SHORT reported, SHORT left) {
    WSAPOLLFD watched = {.events = asked};
    told = reported;
    int count = winsock_poll(&watched, 1, -1);
    if (watched.revents != left || count != (left != 0 ? 1 : 0)) {
        (void)printf("asked %#x, told %#x: %#x\n", asked, reported, watched.revents);
        exit(EXIT_FAILURE);
    }
}

int main(void) {
    expect(POLLIN, POLLHUP, POLLIN);
    expect(POLLIN | POLLOUT, POLLHUP | POLLOUT, POLLIN | POLLOUT);
    expect(POLLOUT, POLLHUP | POLLOUT, POLLOUT);
    expect(POLLIN, POLLHUP | POLLERR, POLLHUP | POLLERR);
    ULONGLONG begin = GetTickCount64();
    for (int i = 0; i < 200; i++) {
        expect(POLLOUT, POLLHUP, 0);
    }
    if (GetTickCount64() - begin < 100) {
        (void)puts("it spins");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
