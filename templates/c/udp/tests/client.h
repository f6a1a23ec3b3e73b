// A client just large enough to try a server out. Every failure ends the test.
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

// A socket for the server's datagrams alone.
int client_connect(uint16_t port);
// Numbered ones, if the server wants them so; the first of a client has number 0.
void client_send(int fd, uint8_t number, const char *message);
void client_expect(int fd, const char *message);

#endif
