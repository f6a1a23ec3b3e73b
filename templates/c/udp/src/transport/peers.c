#include "transport/peers.h"

#include "config.h"
//% if custom
#include "protocol/host.h"
//% endif
//% if draws
#include "transport/platform.h"
//% endif
#include "transport/server.h"

#include <stdlib.h>
#include <string.h>
//% if not draws
#include <sys/random.h>
//% endif

static const uint64_t PEERS_MIXER = 0x9E3779B97F4A7C15U;

static void peers_draw(void *bytes, size_t size) {
    //% if draws
    platform_draw(bytes, size);
    //% endif
    //% if not draws
    // Fails only before the system's random numbers are ready: less is at stake here.
    (void)getrandom(bytes, size, 0);
    //% endif
}

bool peers_create(struct peers *peers) {
    peers_draw(&peers->seed, sizeof peers->seed);
    peers->buckets = calloc(CONFIG_MAX_CONNECTIONS, sizeof(struct peer *));
    return peers->buckets != NULL;
}

static uint64_t peers_mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * PEERS_MIXER;
    return hash ^ hash >> 32;
}

static struct peer **peers_bucket(const struct peers *peers, const struct address *address) {
    uint64_t hash = peers->seed;
    if (address->socket.any.sa_family == AF_INET) {
        const struct sockaddr_in *v4 = &address->socket.v4;
        hash = peers_mix(hash, (uint64_t)v4->sin_addr.s_addr << 16 | v4->sin_port);
    } else {
        uint64_t halves[2];
        memcpy(halves, &address->socket.v6.sin6_addr, sizeof halves);
        hash = peers_mix(peers_mix(hash, halves[0]), halves[1]);
        hash = peers_mix(hash, address->socket.v6.sin6_port);
    }
    return &peers->buckets[hash % CONFIG_MAX_CONNECTIONS];
}

static bool peers_match(const struct address *a, const struct address *b) {
    if (a->socket.any.sa_family == AF_INET) {
        const struct sockaddr_in *first = &a->socket.v4;
        const struct sockaddr_in *second = &b->socket.v4;
        return first->sin_addr.s_addr == second->sin_addr.s_addr &&
               first->sin_port == second->sin_port;
    }
    const struct sockaddr_in6 *first = &a->socket.v6;
    const struct sockaddr_in6 *second = &b->socket.v6;
    return IN6_ARE_ADDR_EQUAL(&first->sin6_addr, &second->sin6_addr) &&
           first->sin6_port == second->sin6_port && first->sin6_scope_id == second->sin6_scope_id;
}

static void peers_unlink(struct peers *peers, struct peer *peer) {
    *(peer->newer != NULL ? &peer->newer->older : &peers->newest) = peer->older;
    *(peer->older != NULL ? &peer->older->newer : &peers->oldest) = peer->newer;
}

static void peers_link_newest(struct peers *peers, struct peer *peer) {
    peer->newer = NULL;
    peer->older = peers->newest;
    *(peers->newest != NULL ? &peers->newest->newer : &peers->oldest) = peer;
    peers->newest = peer;
}

void peers_forget(struct peers *peers, struct peer *peer) {
    struct peer **link = peers_bucket(peers, &peer->address);
    while (*link != peer) {
        link = &(*link)->next_in_bucket;
    }
    *link = peer->next_in_bucket;
    peers_unlink(peers, peer);
    peers->count--;
    //% if reliability_ack
    timers_clear(&peers->timers, &peer->timer);
    //% endif
    peer->session.ended = true;
    peer->next_forgotten = peers->forgotten;
    peers->forgotten = peer;
}

static void peers_bury(struct peers *peers) {
    while (peers->forgotten != NULL) {
        struct peer *peer = peers->forgotten;
        peers->forgotten = peer->next_forgotten;
        //% if custom or reliability_ack
        session_end(&peer->session);
        //% endif
        free(peer);
    }
}

void peers_free(struct peers *peers) {
    while (peers->oldest != NULL) {
        peers_forget(peers, peers->oldest);
    }
    peers_bury(peers);
    //% if reliability_ack
    timers_free(&peers->timers);
    //% endif
    free(peers->buckets);
    *peers = (struct peers){0};
}

static struct peer *peers_find(struct peer *bucket, const struct address *address) {
    struct peer *peer = bucket;
    while (peer != NULL && !peers_match(&peer->address, address)) {
        peer = peer->next_in_bucket;
    }
    return peer;
}

//% if reliability_ack
bool peers_know(const struct peers *peers, const struct address *address) {
    return peers_find(*peers_bucket(peers, address), address) != NULL;
}

//% endif
static struct peer *peers_make(struct server *server, const struct address *address) {
    struct peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return NULL;
    }
    peer->session.context = &server->context;
    peer->server = server;
    peer->address = *address;
    //% if datagram_rate
    peer->rate = rate_full(CONFIG_DATAGRAMS_PER_SECOND, server->context.now);
    //% endif
    //% if reliability
    peers_draw(&peer->session.reliability.session, sizeof peer->session.reliability.session);
    //% endif
    //% if custom or reliability_ack
    address_format(address, peer->text);
    //% endif
    return peer;
}

static struct peer *peers_add(struct server *server, const struct address *address) {
    struct peers *peers = &server->peers;
    //% if reliability_ack
    if (!timers_reserve(&peers->timers, CONFIG_MAX_CONNECTIONS)) {
        return NULL;
    }
    //% endif
    if (peers->count == CONFIG_MAX_CONNECTIONS) {
        peers_forget(peers, peers->oldest);
    }
    struct peer *peer = peers_make(server, address);
    if (peer != NULL) {
        struct peer **bucket = peers_bucket(peers, address);
        peer->next_in_bucket = *bucket;
        *bucket = peer;
        peers_link_newest(peers, peer);
        peers->count++;
        //% if custom
        session_open(&peer->session);
        //% endif
    }
    return peer;
}

struct peer *peers_hear(struct server *server, const struct address *address) {
    struct peers *peers = &server->peers;
    struct peer *peer = peers_find(*peers_bucket(peers, address), address);
    if (peer == NULL) {
        peer = peers_add(server, address);
    } else if (peer != peers->newest) {
        peers_unlink(peers, peer);
        peers_link_newest(peers, peer);
    }
    if (peer != NULL) {
        peer->heard_at = server->context.now;
    }
    return peer;
}

//% if reliability_ack
static void peers_acknowledge(struct peers *peers) {
    while (peers->owing != NULL) {
        struct peer *peer = peers->owing;
        peers->owing = peer->next_owing;
        reliability_acknowledge(&peer->session);
    }
}

static struct peer *peers_of_timer(struct timer *timer) {
    return (struct peer *)(void *)((char *)timer - offsetof(struct peer, timer));
}

static void peers_repeat(struct peers *peers, uint64_t now) {
    struct timer *timer;
    while ((timer = timers_take_due(&peers->timers, now)) != NULL) {
        reliability_expire(&peers_of_timer(timer)->session);
    }
}

//% endif
static uint64_t peers_deadline(const struct peers *peers) {
    return peers->oldest != NULL ? peers->oldest->heard_at + CONFIG_PEER_TIMEOUT : NEVER;
}

uint64_t peers_settle(struct peers *peers, uint64_t now) {
    while (now >= peers_deadline(peers)) {
        peers_forget(peers, peers->oldest);
    }
    uint64_t next = peers_deadline(peers);
    //% if reliability_ack
    peers_acknowledge(peers);
    peers_repeat(peers, now);
    uint64_t repeat = timers_next(&peers->timers);
    next = repeat < next ? repeat : next;
    //% endif
    peers_bury(peers);
    return next;
}
