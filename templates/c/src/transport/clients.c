#include "transport/clients.h"

#include <stdlib.h>
#include <string.h>

static struct in6_addr clients_key(const struct address *address) {
    if (address->socket.any.sa_family == AF_INET6) {
        return address->socket.v6.sin6_addr;
    }
    struct in6_addr key = {.s6_addr = {[10] = 0xFF, [11] = 0xFF}};
    memcpy(key.s6_addr + 12, &address->socket.v4.sin_addr, sizeof(struct in_addr));
    return key;
}

// FNV-1a
static size_t clients_bucket(const struct clients *clients, const struct in6_addr *key) {
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < sizeof key->s6_addr; i++) {
        hash = (hash ^ key->s6_addr[i]) * 16777619U;
    }
    return hash % clients->bucket_count;
}

bool clients_create(struct clients *clients, size_t expected) {
    clients->bucket_count = expected + 1;
    clients->buckets = calloc(clients->bucket_count, sizeof(struct client *));
    return clients->buckets != NULL;
}

void clients_free(struct clients *clients) {
    free(clients->buckets);
}

static struct client *clients_add(struct client **bucket, const struct in6_addr *key) {
    struct client *client = calloc(1, sizeof *client);
    if (client != NULL) {
        client->address = *key;
        client->next = *bucket;
        *bucket = client;
    }
    return client;
}

struct client *clients_join(struct clients *clients, const struct address *address) {
    struct in6_addr key = clients_key(address);
    struct client **bucket = &clients->buckets[clients_bucket(clients, &key)];
    struct client *client = *bucket;
    while (client != NULL && memcmp(&client->address, &key, sizeof key) != 0) {
        client = client->next;
    }
    if (client == NULL) {
        client = clients_add(bucket, &key);
    }
    if (client != NULL) {
        client->connections++;
    }
    return client;
}

void clients_leave(struct clients *clients, struct client *client) {
    if (--client->connections > 0) {
        return;
    }
    struct client **link = &clients->buckets[clients_bucket(clients, &client->address)];
    while (*link != client) {
        link = &(*link)->next;
    }
    *link = client->next;
    free(client);
}
