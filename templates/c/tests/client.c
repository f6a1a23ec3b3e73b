#include "client.h"

#include "config.h"
#include "process.h"
#include "protocol/frame.h"
//% if tls
#include "tls_client.h"
//% endif
//% if auth
#include "tokens.h"
//% endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    CLIENT_TIMEOUT = 10,
    CLIENT_HEAD_MAX = 4096
};

static void client_write(int fd, const void *bytes, size_t length) {
    //% if tls
    tls_client_send(fd, bytes, length);
    //% endif
    //% if not tls
    if (send(fd, bytes, length, 0) != (ssize_t)length) {
        process_fail("the server does not take input");
    }
    //% endif
}

static void client_read(int fd, void *bytes, size_t length) {
    //% if tls
    tls_client_receive(fd, bytes, length);
    //% endif
    //% if not tls
    if (length > 0 && recv(fd, bytes, length, MSG_WAITALL) != (ssize_t)length) {
        process_fail("the server does not answer");
    }
    //% endif
}

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

static int client_open(uint8_t host, uint16_t port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval timeout = {.tv_sec = CLIENT_TIMEOUT};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        !client_bind(fd, host) || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        process_fail(strerror(errno));
    }
    //% if tls
    tls_client_connect(fd);
    //% endif
    return fd;
}

static void client_send_text(int fd, const char *text) {
    client_write(fd, text, strlen(text));
}

//% if auth
// Any token that the server knows.
static void client_send_token(int fd) {
    struct bearer_tokens tokens = {0};
    if (!tokens_read(&tokens)) {
        process_fail("there is no token to show");
    }
    client_send_text(fd, "Authorization: Bearer ");
    client_write(fd, tokens.list[0].data, tokens.list[0].length);
    client_send_text(fd, "\r\n");
    tokens_free(&tokens);
}

//% endif
static const char *client_path(void) {
    //% if not any_path
    return CONFIG_PATH;
    //% endif
    //% if any_path
    return "/";
    //% endif
}

static void client_request(int fd) {
    client_send_text(fd, "GET ");
    client_send_text(fd, client_path());
    client_send_text(fd, " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    //% if auth
    client_send_token(fd);
    //% endif
    //% if subprotocols
    client_send_text(fd, "Sec-WebSocket-Protocol: ");
    client_send_text(fd, CONFIG_SUBPROTOCOLS[0]);
    client_send_text(fd, "\r\n");
    //% endif
    client_send_text(fd, "\r\n");
}

static void client_read_head(int fd, char head[CLIENT_HEAD_MAX]) {
    size_t length = 0;
    do {
        client_read(fd, head + length, 1);
        head[++length] = '\0';
    } while (strstr(head, "\r\n\r\n") == NULL && length < CLIENT_HEAD_MAX - 1);
}

int client_connect(uint8_t host, uint16_t port) {
    int fd = client_open(host, port);
    char head[CLIENT_HEAD_MAX];
    client_request(fd);
    client_read_head(fd, head);
    // The key and its answer are the example of RFC 6455 §1.3.
    if (strncmp(head, "HTTP/1.1 101 ", 13) != 0 ||
        strstr(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") == NULL) {
        process_fail("the handshake was refused");
    }
    return fd;
}

void client_send(int fd, uint8_t opcode, const char *payload) {
    static const uint8_t key[FRAME_MASKING_KEY_SIZE] = {0x12, 0x34, 0x56, 0x78};
    uint8_t frame[2 + sizeof key + CLIENT_PAYLOAD_MAX] = {0};
    size_t length = strlen(payload);
    frame[0] = FRAME_FIN | opcode;
    frame[1] = (uint8_t)(FRAME_MASKED | length);
    memcpy(frame + 2, key, sizeof key);
    for (size_t i = 0; i < length; i++) {
        frame[2 + sizeof key + i] = (uint8_t)payload[i] ^ key[i % sizeof key];
    }
    client_write(fd, frame, 2 + sizeof key + length);
}

struct client_frame client_receive(int fd) {
    uint8_t header[2];
    struct client_frame frame = {0};
    client_read(fd, header, sizeof header);
    if ((header[0] & ~FRAME_OPCODE) != FRAME_FIN || header[1] > CLIENT_PAYLOAD_MAX) {
        process_fail("unexpected kind of frame");
    }
    frame.opcode = header[0] & FRAME_OPCODE;
    frame.length = header[1];
    client_read(fd, frame.payload, frame.length);
    return frame;
}

void client_expect(int fd, uint8_t opcode, const char *payload) {
    struct client_frame frame = client_receive(fd);
    if (frame.opcode != opcode || frame.length != strlen(payload) ||
        memcmp(frame.payload, payload, frame.length) != 0) {
        process_fail("unexpected frame");
    }
}
