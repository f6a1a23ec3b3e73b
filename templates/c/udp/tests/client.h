// A client just large enough to try a server out. Every failure ends the test.
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>

// A socket for the server's datagrams alone.
int client_connect(uint16_t port);
void client_send(int fd, const char *message);
//% if echo
void client_expect(int fd, const char *message);
//% endif
//% if broadcast
// Repeats a datagram until another hears it: one that was sent before may be handled later.
void client_tell(int fd, int other, const char *message);
//% endif

#endif
