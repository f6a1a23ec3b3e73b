#include "client.h"

//% if not framing_none and not framing_lines
#include "config.h"
//% endif
#include "process.h"
//% if tls
#include "tls_client.h"
//% endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    CLIENT_TIMEOUT = 10000, // milliseconds
    //% if broadcast and not io_blocking
    CLIENT_PATIENCE = 100, // milliseconds
    CLIENT_ATTEMPTS = 50,
    //% endif
    CLIENT_BYTES_MAX = 256
};

// Hosts differ in the last number of their address, where all of 127.0.0.0/8 is this machine.
static bool client_bind(int fd, uint8_t host) {
    //% if portable
#ifndef __linux__
    host = 1;
#endif
    //% endif
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host)};
    return bind(fd, (struct sockaddr *)&from, sizeof from) == 0;
}

static bool client_limit(int fd, int milliseconds) {
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0;
}

int client_connect(uint8_t host, uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || !client_limit(fd, CLIENT_TIMEOUT) || !client_bind(fd, host) ||
        connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        process_fail(strerror(errno));
    }
    //% if tls
    tls_client_connect(fd);
    //% endif
    return fd;
}

static size_t client_append(uint8_t *bytes, size_t length, const void *more, size_t count) {
    memcpy(bytes + length, more, count);
    return length + count;
}

static size_t client_frame(uint8_t bytes[CLIENT_BYTES_MAX], const char *message) {
    size_t length = 0;
    //% if framing_length
    memset(bytes, 0, CONFIG_PREFIX_BYTES);
    //% endif
    //% if framing_length and prefix_little
    bytes[0] = (uint8_t)strlen(message);
    //% endif
    //% if framing_length and not prefix_little
    bytes[CONFIG_PREFIX_BYTES - 1] = (uint8_t)strlen(message);
    //% endif
    //% if framing_length
    length = CONFIG_PREFIX_BYTES;
    //% endif
    length = client_append(bytes, length, message, strlen(message));
    //% if framing_lines
    length = client_append(bytes, length, "\n", 1);
    //% endif
    //% if framing_delimiter
    length = client_append(bytes, length, CONFIG_DELIMITER, sizeof CONFIG_DELIMITER - 1);
    //% endif
    return length;
}

void client_send(int fd, const char *message) {
    uint8_t bytes[CLIENT_BYTES_MAX];
    size_t length = client_frame(bytes, message);
    //% if tls
    tls_client_send(fd, bytes, length);
    //% endif
    //% if not tls
    if (send(fd, bytes, length, 0) != (ssize_t)length) {
        process_fail("the server does not take input");
    }
    //% endif
}

void client_expect(int fd, const char *message) {
    uint8_t expected[CLIENT_BYTES_MAX];
    uint8_t bytes[CLIENT_BYTES_MAX];
    size_t length = client_frame(expected, message);
    //% if tls
    tls_client_receive(fd, bytes, length);
    //% endif
    //% if not tls
    if (recv(fd, bytes, length, MSG_WAITALL) != (ssize_t)length) {
        process_fail("the server does not answer");
    }
    //% endif
    if (memcmp(bytes, expected, length) != 0) {
        process_fail("unexpected message");
    }
}

//% if broadcast and not io_blocking
static bool client_hears(int fd) {
    //% if tls
    return tls_client_hears(fd);
    //% endif
    //% if not tls
    uint8_t byte;
    return recv(fd, &byte, 1, MSG_PEEK) == 1;
    //% endif
}

void client_rouse(int fd, int other, const char *message) {
    bool heard = false;
    (void)client_limit(other, CLIENT_PATIENCE);
    for (int i = 0; i < CLIENT_ATTEMPTS && !heard; i++) {
        client_send(fd, message);
        heard = client_hears(other);
    }
    (void)client_limit(other, CLIENT_TIMEOUT);
}

//% endif
void client_finish(int fd) {
    //% if tls
    tls_client_finish(fd);
    //% endif
    (void)shutdown(fd, SHUT_WR);
}

void client_drain(int fd) {
    //% if tls
    tls_client_drain(fd);
    //% endif
    //% if not tls
    uint8_t bytes[CLIENT_BYTES_MAX];
    ssize_t length;
    do {
        length = recv(fd, bytes, sizeof bytes, 0);
    } while (length > 0);
    if (length < 0) {
        process_fail("the server does not end its stream");
    }
    //% endif
}
