#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stdint.h>

// A token bucket that holds one second's worth. It counts in thousandths, so that a millisecond
// refills a whole number of them.
struct rate {
    uint64_t tokens;
    uint64_t filled_at;
};

struct rate rate_full(uint64_t per_second, uint64_t now);

// Takes `amount`, or nothing if there is too little.
bool rate_take(struct rate *rate, uint64_t per_second, uint64_t amount, uint64_t now);

#endif
