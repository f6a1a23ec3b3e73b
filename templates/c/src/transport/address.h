#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
    // Room for a unix socket's path, or "[IPv6]:65535", and a NUL.
    ADDRESS_TEXT_SIZE = sizeof((struct sockaddr_un *)0)->sun_path + 1,
    // Room for "[IPv6]:65535" and a NUL.
    ADDRESS_PEER_SIZE = INET6_ADDRSTRLEN + 8
};

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    } socket;
    socklen_t length;
};

// Reads an IPv4 or IPv6 address, or unix:/path; false when it is none of them.
bool address_parse(struct address *address, const char *host, uint16_t port);

// Writes HOST:PORT, [HOST]:PORT for IPv6, or the path of a unix socket.
void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

// A peer's address, which is `unix` on a unix socket. An IPv4 peer of a dual-stack socket shows as
// IPv4.
void address_format_peer(const struct address *address, char text[ADDRESS_PEER_SIZE]);

#endif
