#include "transport/address.h"

#include <arpa/inet.h>
#include <stdio.h>

bool address_parse(struct address *address, const char *host, uint16_t port) {
    *address = (struct address){0};
    struct sockaddr_in *v4 = &address->socket.v4;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address->length = sizeof *v4;
        return true;
    }
    struct sockaddr_in6 *v6 = &address->socket.v6;
    *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    address->length = sizeof *v6;
    return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
}

static void address_format_v6(const struct sockaddr_in6 *v6, char text[ADDRESS_TEXT_SIZE]) {
    char host[INET6_ADDRSTRLEN] = "";
    const uint8_t *bytes = v6->sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        (void)inet_ntop(AF_INET, bytes + 12, host, sizeof host);
        (void)snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(v6->sin6_port));
        return;
    }
    (void)inet_ntop(AF_INET6, bytes, host, sizeof host);
    (void)snprintf(text, ADDRESS_TEXT_SIZE, "[%s]:%u", host, ntohs(v6->sin6_port));
}

static void address_format_v4(const struct sockaddr_in *v4, char text[ADDRESS_TEXT_SIZE]) {
    char host[INET_ADDRSTRLEN] = "";
    (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    (void)snprintf(text, ADDRESS_TEXT_SIZE, "%s:%u", host, ntohs(v4->sin_port));
}

void address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]) {
    if (address->socket.any.sa_family == AF_INET6) {
        address_format_v6(&address->socket.v6, text);
    } else {
        address_format_v4(&address->socket.v4, text);
    }
}
