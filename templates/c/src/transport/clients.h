// How many connections and sessions each client address has.
#ifndef CLIENTS_H
#define CLIENTS_H

#include "transport/address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct client {
    struct client *next;
    struct in6_addr address; // IPv4 as mapped
    size_t connections;
    size_t sessions; // of the connections, those that are open
};

struct clients {
    struct client **buckets;
    size_t bucket_count;
};

// Room for that many clients, more slowly for more; false when memory is short.
bool clients_create(struct clients *clients, size_t expected);
void clients_free(struct clients *clients);

// The client of a new connection, to be left when it is gone; NULL when memory is short.
struct client *clients_join(struct clients *clients, const struct address *address);
void clients_leave(struct clients *clients, struct client *client);

#endif
