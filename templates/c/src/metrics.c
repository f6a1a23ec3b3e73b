#include "metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    METRICS_BUCKETS = 10,
    METRICS_LABELS_MAX = 64,
    METRICS_LABEL_SIZE = 48,
    METRICS_PIECE_SIZE = 256, // no piece of text is longer
    METRICS_PAGE_SMALLEST = 4096
};

static const double METRICS_SECOND = 1e9; // nanoseconds

struct metrics_bounds {
    uint64_t nanoseconds;
    const char *text; // in seconds
};

static const struct metrics_bounds METRICS_BOUNDS[METRICS_BUCKETS] = {
    {100000, "0.0001"}, {500000, "0.0005"}, {1000000, "0.001"}, {5000000, "0.005"},
    {10000000, "0.01"}, {50000000, "0.05"}, {100000000, "0.1"}, {500000000, "0.5"},
    {1000000000, "1"},  {5000000000, "5"},
};

struct metrics_distribution {
    _Atomic uint64_t buckets[METRICS_BUCKETS + 1]; // not cumulative; the last has no bound
    _Atomic uint64_t sum;
};

// What one thread has counted. It alone writes, others may read at any time: so no operation needs
// to be locked.
struct metrics_block {
    struct metrics_block *next;
    atomic_bool taken; // by a thread that lives
    _Atomic uint64_t counters[METRICS_COUNTERS];
    struct metrics_distribution distributions[METRICS_HISTOGRAMS];
};

struct metrics_label {
    enum metrics_family family;
    char text[METRICS_LABEL_SIZE];
    uint64_t count;
};

static pthread_mutex_t metrics_lock = PTHREAD_MUTEX_INITIALIZER; // of the three that follow
static struct metrics_block *metrics_blocks = NULL;
static struct metrics_label metrics_labels[METRICS_LABELS_MAX];
static size_t metrics_label_count = 0;
static _Thread_local struct metrics_block *metrics_mine = NULL;
static pthread_key_t metrics_key;
static pthread_once_t metrics_once = PTHREAD_ONCE_INIT;

// The counts of a thread that has ended stay, and the next thread goes on from them.
static void metrics_release(void *block) {
    atomic_store(&((struct metrics_block *)block)->taken, false);
}

static void metrics_make_key(void) {
    (void)pthread_key_create(&metrics_key, metrics_release);
}

static struct metrics_block *metrics_find_block(void) {
    struct metrics_block *block = metrics_blocks;
    while (block != NULL && atomic_load(&block->taken)) {
        block = block->next;
    }
    if (block == NULL) {
        block = calloc(1, sizeof *block);
        if (block == NULL) {
            abort();
        }
        block->next = metrics_blocks;
        metrics_blocks = block;
    }
    atomic_store(&block->taken, true);
    return block;
}

static struct metrics_block *metrics_block(void) {
    if (metrics_mine == NULL) {
        (void)pthread_once(&metrics_once, metrics_make_key);
        (void)pthread_mutex_lock(&metrics_lock);
        metrics_mine = metrics_find_block();
        (void)pthread_mutex_unlock(&metrics_lock);
        (void)pthread_setspecific(metrics_key, metrics_mine);
    }
    return metrics_mine;
}

static void metrics_increase(_Atomic uint64_t *counter, uint64_t amount) {
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

void metrics_add(enum metrics_counter counter, uint64_t amount) {
    metrics_increase(&metrics_block()->counters[counter], amount);
}

static struct metrics_label *metrics_find_label(enum metrics_family family, const char *text) {
    for (size_t i = 0; i < metrics_label_count; i++) {
        struct metrics_label *label = &metrics_labels[i];
        if (label->family == family && strcmp(label->text, text) == 0) {
            return label;
        }
    }
    if (metrics_label_count == METRICS_LABELS_MAX) {
        return NULL;
    }
    struct metrics_label *label = &metrics_labels[metrics_label_count++];
    label->family = family;
    (void)snprintf(label->text, sizeof label->text, "%s", text);
    return label;
}

void metrics_add_labelled(enum metrics_family family, const char *label, uint64_t amount) {
    (void)pthread_mutex_lock(&metrics_lock);
    struct metrics_label *found = metrics_find_label(family, label);
    if (found != NULL) {
        found->count += amount;
    }
    (void)pthread_mutex_unlock(&metrics_lock);
}

uint64_t metrics_clock(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void metrics_observe(enum metrics_histogram histogram, uint64_t since) {
    uint64_t elapsed = metrics_clock() - since;
    struct metrics_distribution *distribution = &metrics_block()->distributions[histogram];
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS && elapsed > METRICS_BOUNDS[bucket].nanoseconds) {
        bucket++;
    }
    metrics_increase(&distribution->buckets[bucket], 1);
    metrics_increase(&distribution->sum, elapsed);
}

static uint64_t metrics_total(enum metrics_counter counter) {
    uint64_t total = 0;
    for (struct metrics_block *block = metrics_blocks; block != NULL; block = block->next) {
        total += atomic_load_explicit(&block->counters[counter], memory_order_relaxed);
    }
    return total;
}

// Text that grows by doubling.
struct metrics_page {
    char *text;
    size_t length;
    size_t capacity;
    bool failed; // memory was short
};

static bool metrics_reserve(struct metrics_page *page, size_t size) {
    size_t capacity = page->capacity > 0 ? page->capacity : METRICS_PAGE_SMALLEST;
    while (capacity - page->length < size) {
        capacity *= 2;
    }
    char *text = capacity > page->capacity ? realloc(page->text, capacity) : page->text;
    if (text == NULL) {
        page->failed = true;
        return false;
    }
    page->text = text;
    page->capacity = capacity;
    return true;
}

static void metrics_print(struct metrics_page *page, const char *format, ...) {
    if (!metrics_reserve(page, METRICS_PIECE_SIZE)) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(page->text + page->length, METRICS_PIECE_SIZE, format, arguments);
    va_end(arguments);
    page->length += (size_t)length;
}

static void metrics_head(struct metrics_page *page, const char *name, const char *type,
                         const char *help) {
    metrics_print(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void metrics_write(struct metrics_page *page, const char *name, const char *type,
                          const char *help, uint64_t value) {
    metrics_head(page, name, type, help);
    metrics_print(page, "%s %" PRIu64 "\n", name, value);
}

static void metrics_write_family(struct metrics_page *page, enum metrics_family family,
                                 const char *name, const char *key, const char *help) {
    metrics_head(page, name, "counter", help);
    for (size_t i = 0; i < metrics_label_count; i++) {
        const struct metrics_label *label = &metrics_labels[i];
        if (label->family == family) {
            metrics_print(page, "%s{%s=\"%s\"} %" PRIu64 "\n", name, key, label->text,
                          label->count);
        }
    }
}

static void metrics_write_histogram(struct metrics_page *page, enum metrics_histogram histogram,
                                    const char *name, const char *help) {
    uint64_t buckets[METRICS_BUCKETS + 1] = {0};
    uint64_t sum = 0;
    for (struct metrics_block *block = metrics_blocks; block != NULL; block = block->next) {
        struct metrics_distribution *distribution = &block->distributions[histogram];
        for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
            buckets[i] += atomic_load_explicit(&distribution->buckets[i], memory_order_relaxed);
        }
        sum += atomic_load_explicit(&distribution->sum, memory_order_relaxed);
    }
    metrics_head(page, name, "histogram", help);
    uint64_t count = 0;
    for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
        const char *bound = i < METRICS_BUCKETS ? METRICS_BOUNDS[i].text : "+Inf";
        count += buckets[i];
        metrics_print(page, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, bound, count);
    }
    metrics_print(page, "%s_sum %.9f\n%s_count %" PRIu64 "\n", name, (double)sum / METRICS_SECOND,
                  name, count);
}
//% if not udp

static void metrics_write_connections(struct metrics_page *page) {
    uint64_t closed = metrics_total(METRICS_CLOSED); // first, so that no more are closed than open
    metrics_write(page, "server_connections", "gauge", "Open connections.",
                  metrics_total(METRICS_OPENED) - closed);
    metrics_write(page, "server_accepted_total", "counter", "Accepted connections.",
                  metrics_total(METRICS_ACCEPTED));
    metrics_write_family(page, METRICS_REFUSED, "server_refused_total", "reason",
                         "Refused connections.");
    //% if websocket
    metrics_write_family(page, METRICS_CLOSED_WITH, "server_closed_total", "code",
                         "Closed connections.");
    //% endif
    //% if tcp
    metrics_write(page, "server_closed_total", "counter", "Closed connections.", closed);
    //% endif
    metrics_write(page, "server_backpressure_total", "counter",
                  "Connections whose unsent bytes passed the watermark.",
                  metrics_total(METRICS_BACKPRESSURE));
}
//% endif

static void metrics_write_traffic(struct metrics_page *page) {
    metrics_write(page, "server_messages_received_total", "counter", "Messages from peers.",
                  metrics_total(METRICS_MESSAGES_RECEIVED));
    metrics_write(page, "server_messages_sent_total", "counter", "Messages to peers.",
                  metrics_total(METRICS_MESSAGES_SENT));
    metrics_write(page, "server_received_bytes_total", "counter", "Bytes read from sockets.",
                  metrics_total(METRICS_BYTES_RECEIVED));
    metrics_write(page, "server_sent_bytes_total", "counter", "Bytes written to sockets.",
                  metrics_total(METRICS_BYTES_SENT));
}

static void metrics_write_all(struct metrics_page *page) {
    //% if not udp
    metrics_write_connections(page);
    //% endif
    metrics_write_traffic(page);
    //% if udp
    metrics_write_family(page, METRICS_DROPPED, "server_dropped_datagrams_total", "reason",
                         "Dropped datagrams.");
    //% endif
    //% if websocket
    metrics_write_histogram(page, METRICS_HANDSHAKE, "server_handshake_seconds",
                            "From the accept to the answer 101.");
    //% endif
    metrics_write_histogram(page, METRICS_MESSAGE, "server_message_seconds",
                            "From a message's last byte to the app's return.");
}

char *metrics_text(size_t *length) {
    struct metrics_page page = {0};
    (void)pthread_mutex_lock(&metrics_lock);
    metrics_write_all(&page);
    (void)pthread_mutex_unlock(&metrics_lock);
    *length = page.length;
    if (page.failed) {
        free(page.text);
        page.text = NULL;
    }
    return page.text;
}
