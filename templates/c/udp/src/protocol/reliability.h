// Numbered datagrams of and for one peer; one of the reliability files is linked.
#ifndef RELIABILITY_H
#define RELIABILITY_H

#include "protocol/header.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;
//% if reliability_ack

// A datagram that is not acknowledged yet.
struct pending {
    struct pending *next;
    uint32_t number;
    unsigned sendings;
    uint64_t due; // to be sent again
    size_t size;
    uint8_t datagram[];
};
//% endif

struct reliability {
    uint16_t session; // of what is sent
    uint32_t next_number;
    //% if reliability_ack
    uint32_t next_sent; // the first number that was not sent yet
    struct pending *oldest, *newest;
    bool owing; // an acknowledgement, at the end of the turn
    //% endif
    bool heard; // the rest is known
    uint16_t peer_session;
    //% if reliability_sequence
    uint32_t highest; // number received
    uint64_t received; // bit i stands for highest - i
    //% endif
    //% if reliability_ack
    uint32_t expected; // all numbers below were received
    uint64_t received_ahead; // bit i stands for expected + i
    //% endif
};

// Whether a datagram is to be delivered. Its header is valid.
bool reliability_accept(struct session *session, const uint8_t *datagram);
void reliability_send(struct session *session, const uint8_t *data, size_t size);
//% if reliability_ack

void reliability_acknowledge(struct session *session);
// Sends again what is due.
void reliability_expire(struct session *session);
void reliability_end(struct session *session);
//% endif

#endif
