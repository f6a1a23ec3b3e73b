// A datagram socket that is connected to itself: nobody else can send to it.
#include "transport/wake.h"

//% if posix
#ifdef _WIN32
//% endif
#include "transport/winsock.h"

#include <stdbool.h>
#include <sys/socket.h>

static bool wake_connect(SOCKET wake) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int length = sizeof address;
    u_long on = 1;
    return bind(wake, (struct sockaddr *)&address, length) == 0 &&
           getsockname((int)wake, (struct sockaddr *)&address, &length) == 0 &&
           connect(wake, (struct sockaddr *)&address, length) == 0 &&
           ioctlsocket(wake, (long)FIONBIO, &on) == 0;
}

int wake_open(void) {
    SOCKET wake = socket(AF_INET, SOCK_DGRAM, 0);
    if (wake == INVALID_SOCKET) {
        return winsock_fail();
    }
    if (!wake_connect(wake)) {
        (void)winsock_fail();
        (void)closesocket(wake);
        return -1;
    }
    return (int)wake;
}

void wake_close(int wake) {
    (void)closesocket((SOCKET)wake);
}

void wake_raise(int wake) {
    (void)send((SOCKET)wake, "", 1, 0);
}
//% if not udp

bool wake_take(int wake) {
    char byte;
    bool raised = false;
    while (recv((SOCKET)wake, &byte, sizeof byte, 0) > 0) {
        raised = true;
    }
    return raised;
}
//% endif
//% if posix
#endif
//% endif
