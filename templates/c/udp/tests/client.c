#include "client.h"

#include "process.h"
//% if reliability
#include "protocol/header.h"
//% endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
//% if broadcast
#include <stdbool.h>
//% endif
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    //% if not broadcast
    CLIENT_TIMEOUT = 10000, // milliseconds
    //% endif
    //% if broadcast
    CLIENT_TIMEOUT = 100, // milliseconds
    CLIENT_ATTEMPTS = 50,
    //% endif
    CLIENT_BYTES_MAX = 256
};

static int client_open(const struct sockaddr *server, socklen_t length) {
    int fd = socket(server->sa_family, SOCK_DGRAM, 0);
    struct timeval timeout = {.tv_sec = CLIENT_TIMEOUT / 1000,
                              .tv_usec = CLIENT_TIMEOUT % 1000 * 1000};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        connect(fd, server, length) != 0) {
        process_fail(strerror(errno));
    }
    return fd;
}

int client_connect(uint16_t port) {
    //% if multicast_v6
    const struct sockaddr_in6 server_v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return client_open((const struct sockaddr *)&server_v6, sizeof server_v6);
    //% endif
    //% if not multicast_v6
    const struct sockaddr_in server = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return client_open((const struct sockaddr *)&server, sizeof server);
    //% endif
}

static size_t client_header(uint8_t *bytes) {
    size_t length = 0;
    (void)bytes;
    //% if reliability
    static uint8_t number = 0; // of all clients: servers take numbers that skip some
    memset(bytes, 0, HEADER_SIZE);
    bytes[3] = 1; // session
    bytes[7] = number++;
    length = HEADER_SIZE;
    //% endif
    return length;
}

void client_send(int fd, const char *message) {
    uint8_t bytes[CLIENT_BYTES_MAX];
    size_t length = client_header(bytes);
    memcpy(bytes + length, message, strlen(message));
    length += strlen(message);
    if (send(fd, bytes, length, 0) != (ssize_t)length) {
        process_fail("the server does not take input");
    }
}
//% if echo

static size_t client_receive(int fd, uint8_t bytes[CLIENT_BYTES_MAX]) {
    ssize_t length = recv(fd, bytes, CLIENT_BYTES_MAX, 0);
    if (length < 0) {
        process_fail("the server does not answer");
    }
    return (size_t)length;
}

void client_expect(int fd, const char *message) {
    uint8_t bytes[CLIENT_BYTES_MAX];
    size_t length = client_receive(fd, bytes);
    size_t skipped = 0;
    //% if reliability_ack
    while (bytes[0] == HEADER_ACKNOWLEDGEMENT) {
        length = client_receive(fd, bytes);
    }
    //% endif
    //% if reliability
    skipped = HEADER_SIZE;
    //% endif
    if (length != skipped + strlen(message) || memcmp(bytes + skipped, message, strlen(message))) {
        process_fail("unexpected datagram");
    }
}
//% endif
//% if broadcast

// Passes over what is something else, such as acknowledgements. False when nothing comes for long.
static bool client_hears(int fd, const char *message) {
    uint8_t bytes[CLIENT_BYTES_MAX];
    size_t skipped = 0;
    //% if reliability
    skipped = HEADER_SIZE;
    //% endif
    size_t expected = skipped + strlen(message);
    ssize_t length;
    do {
        length = recv(fd, bytes, sizeof bytes, 0);
    } while (length >= 0 && ((size_t)length != expected ||
                             memcmp(bytes + skipped, message, strlen(message)) != 0));
    return length >= 0;
}

void client_tell(int fd, int other, const char *message) {
    bool heard = false;
    for (int i = 0; i < CLIENT_ATTEMPTS && !heard; i++) {
        client_send(fd, message);
        heard = client_hears(other, message);
    }
    if (!heard) {
        process_fail("the server does not pass datagrams on");
    }
}
//% endif
