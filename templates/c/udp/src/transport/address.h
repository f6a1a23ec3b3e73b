#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

// Room for "[IPv6]:65535" and a NUL.
enum {
    ADDRESS_TEXT_SIZE = INET6_ADDRSTRLEN + 8
};

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t length;
};

// Reads an IPv4 or IPv6 address; false when it is neither.
bool address_parse(struct address *address, const char *host, uint16_t port);

// Writes HOST:PORT, or [HOST]:PORT for IPv6. An IPv4 peer of a dual-stack socket shows as IPv4.
void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

#endif
