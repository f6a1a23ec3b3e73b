// One who watches the server, on a socket that waits for the peer a few seconds at most.
#ifndef SERVICES_PEER_H
#define SERVICES_PEER_H

//% if tls
#include "protocol/tls.h"

//% endif
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

//% if tls
enum {
    SERVICES_PEER_INPUT = 4096
};

//% endif
struct services_peer {
    int fd;
    time_t until; // nothing is waited for any more
    //% if tls
    struct ssl_st *tls;
    struct tls_desk desk;
    uint8_t input[SERVICES_PEER_INPUT];
    //% endif
};

// False when the peer cannot be talked to; services_peer_finish() is still due.
bool services_peer_begin(struct services_peer *peer);
// The number of bytes that came; 0 when none will come any more.
size_t services_peer_receive(struct services_peer *peer, char *bytes, size_t room);
void services_peer_send(struct services_peer *peer, const char *bytes, size_t length);
// Nothing more will be sent.
void services_peer_finish(struct services_peer *peer);

#endif
