#ifndef TIMERS_H
#define TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Embedded in what it is to wake. Zeroed: not set.
struct timer {
    uint64_t at;
    size_t slot; // its place in the heap, counted from 1
};

// A binary heap. Deadlines that move later leave it alone: the owner sets the timer again when it
// fires too early, so that no message costs a change.
struct timers {
    struct timer **heap;
    size_t count;
    size_t capacity;
};

// Makes room for `count` timers in all; false when memory is short.
bool timers_reserve(struct timers *timers, size_t count);
void timers_set(struct timers *timers, struct timer *timer, uint64_t at);
void timers_clear(struct timers *timers, struct timer *timer);
// The earliest time set, or UINT64_MAX.
uint64_t timers_next(const struct timers *timers);
// Takes out a timer that is due, or NULL.
struct timer *timers_take_due(struct timers *timers, uint64_t now);
void timers_free(struct timers *timers);

#endif
