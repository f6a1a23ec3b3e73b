#include "transport/platform.h"

//% if windows
#ifndef _WIN32
//% endif
//% if macos
#include <fcntl.h>
//% endif
//% if several_workers and linux
#ifdef __linux__
#include <sched.h>
#endif
//% endif
//% if macos and peers
#include <stdlib.h>
//% endif
//% if draws and macos and (linux or freebsd)
#ifndef __APPLE__
//% endif
//% if draws and (linux or freebsd)
#include <sys/random.h>
//% endif
//% if draws and macos and (linux or freebsd)
#endif
//% endif
#include <unistd.h>
//% if macos

//% if several_platforms
#ifdef __APPLE__
//% endif
static int platform_prepare(int fd, bool waits) {
    if (fd >= 0 &&
        (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, waits ? 0 : O_NONBLOCK) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int platform_socket(int family, int type, bool waits) {
    return platform_prepare(socket(family, type, 0), waits);
}

int platform_accept(int fd, struct sockaddr *address, socklen_t *length, bool waits) {
    return platform_prepare(accept(fd, address, length), waits);
}
//% if several_platforms
#else
int platform_socket(int family, int type, bool waits) {
    return socket(family, type | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0);
}

int platform_accept(int fd, struct sockaddr *address, socklen_t *length, bool waits) {
    return accept4(fd, address, length, SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK));
}
#endif
//% endif
//% endif
//% if macos and several_workers

bool platform_shares_ports(void) {
    //% if several_platforms
#ifndef __APPLE__
    return true;
#else
    //% endif
    return false;
    //% if several_platforms
#endif
    //% endif
}
//% endif
//% if several_workers

size_t platform_core_count(void) {
    //% if linux
#ifdef __linux__
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
#else
    //% endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
    //% if linux
#endif
    //% endif
}
//% endif
//% if draws

void platform_draw(void *bytes, size_t size) {
    //% if macos and (linux or freebsd)
#ifdef __APPLE__
    //% endif
    //% if macos
    arc4random_buf(bytes, size);
    //% endif
    //% if macos and (linux or freebsd)
#else
    //% endif
    //% if linux or freebsd
    // Fails only before the system's random numbers are ready: less is at stake here.
    (void)getrandom(bytes, size, 0);
    //% endif
    //% if macos and (linux or freebsd)
#endif
    //% endif
}
//% endif
//% if windows
#endif
//% endif
