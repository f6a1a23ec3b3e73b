#include "transport/timers.h"

#include <stdlib.h>

static const size_t TIMERS_SMALLEST = 64;

bool timers_reserve(struct timers *timers, size_t count) {
    if (count <= timers->capacity) {
        return true;
    }
    size_t capacity = timers->capacity > 0 ? timers->capacity : TIMERS_SMALLEST;
    while (capacity < count) {
        capacity *= 2;
    }
    struct timer **heap = realloc(timers->heap, capacity * sizeof(struct timer *));
    if (heap == NULL) {
        return false;
    }
    timers->heap = heap;
    timers->capacity = capacity;
    return true;
}

static void timers_place(struct timers *timers, size_t slot, struct timer *timer) {
    timers->heap[slot - 1] = timer;
    timer->slot = slot;
}

static void timers_sift_up(struct timers *timers, struct timer *timer) {
    size_t slot = timer->slot;
    while (slot > 1 && timers->heap[slot / 2 - 1]->at > timer->at) {
        timers_place(timers, slot, timers->heap[slot / 2 - 1]);
        slot /= 2;
    }
    timers_place(timers, slot, timer);
}

static void timers_sift_down(struct timers *timers, struct timer *timer) {
    size_t slot = timer->slot;
    for (size_t child = 2 * slot; child <= timers->count; child = 2 * slot) {
        if (child < timers->count && timers->heap[child]->at < timers->heap[child - 1]->at) {
            child++;
        }
        if (timers->heap[child - 1]->at >= timer->at) {
            break;
        }
        timers_place(timers, slot, timers->heap[child - 1]);
        slot = child;
    }
    timers_place(timers, slot, timer);
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t at) {
    timer->at = at;
    if (timer->slot == 0) {
        timers_place(timers, ++timers->count, timer);
    }
    timers_sift_up(timers, timer);
    timers_sift_down(timers, timer);
}

void timers_clear(struct timers *timers, struct timer *timer) {
    if (timer->slot == 0) {
        return;
    }
    struct timer *last = timers->heap[--timers->count];
    if (last != timer) {
        timers_place(timers, timer->slot, last);
        timers_sift_up(timers, last);
        timers_sift_down(timers, last);
    }
    timer->slot = 0;
}

uint64_t timers_next(const struct timers *timers) {
    return timers->count > 0 ? timers->heap[0]->at : UINT64_MAX;
}

struct timer *timers_take_due(struct timers *timers, uint64_t now) {
    if (timers_next(timers) > now) {
        return NULL;
    }
    struct timer *due = timers->heap[0];
    timers_clear(timers, due);
    return due;
}

void timers_free(struct timers *timers) {
    free(timers->heap);
    *timers = (struct timers){0};
}
