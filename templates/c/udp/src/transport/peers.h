// Who was heard of lately, by address. The table is bounded: the least recently heard gives way.
#ifndef PEERS_H
#define PEERS_H

//% if datagram_rate
#include "protocol/rate.h"
//% endif
#include "protocol/session.h"
#include "transport/address.h"
//% if reliability_ack
#include "transport/timers.h"
//% endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

struct peer {
    struct session session; // first: its address is the peer's
    struct server *server;
    struct address address;
    struct peer *next_in_bucket;
    struct peer *newer, *older;
    struct peer *next_forgotten;
    uint64_t heard_at;
    //% if datagram_rate
    struct rate rate;
    //% endif
    //% if reliability_ack
    struct timer timer;
    struct peer *next_owing;
    //% endif
    //% if custom or reliability_ack
    char text[ADDRESS_TEXT_SIZE];
    //% endif
};

struct peers {
    struct peer **buckets;
    size_t count;
    uint64_t seed; // of the buckets' choice, unknown to those who choose addresses
    struct peer *newest, *oldest;
    struct peer *forgotten; // freed at the end of the turn
    //% if reliability_ack
    struct timers timers;
    struct peer *owing; // acknowledgements
    //% endif
};

// False when memory is short.
bool peers_create(struct peers *peers);
// Forgets all peers.
void peers_free(struct peers *peers);

//% if reliability_ack
bool peers_know(const struct peers *peers, const struct address *address);
//% endif
// The peer of that address, a new one if need be; NULL when memory is short.
struct peer *peers_hear(struct server *server, const struct address *address);

// It can be found no longer, and is freed at the end of the turn.
void peers_forget(struct peers *peers, struct peer *peer);
// Does what is due at the end of a turn; returns when more will be.
uint64_t peers_settle(struct peers *peers, uint64_t now);

#endif
