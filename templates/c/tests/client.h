// A client just large enough to try a server out. Every failure ends the test.
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

enum {
    CLIENT_PAYLOAD_MAX = 125
};

struct client_frame {
    uint8_t opcode;
    uint8_t payload[CLIENT_PAYLOAD_MAX];
    size_t length;
};

// A connection from 127.0.0.`host` after its opening handshake.
int client_connect(uint8_t host, uint16_t port);
void client_send(int fd, uint8_t opcode, const char *payload);
struct client_frame client_receive(int fd);
void client_expect(int fd, uint8_t opcode, const char *payload);

#endif
