// A client just large enough to try a server out. Every failure ends the test.
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

// A connection from 127.0.0.`host`.
int client_connect(uint8_t host, uint16_t port);
// Short messages, with their framing.
void client_send(int fd, const char *message);
void client_expect(int fd, const char *message);
//% if broadcast and not io_blocking
// Repeats a message until another hears of it: a connection is known some time after it was made.
void client_rouse(int fd, int other, const char *message);
//% endif
// Nothing more is sent.
void client_finish(int fd);
// Drops what comes, until the server's end of stream.
void client_drain(int fd);

#endif
