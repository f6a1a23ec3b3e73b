#include "protocol/rate.h"

static const uint64_t RATE_UNIT = 1000;

struct rate rate_full(uint64_t per_second, uint64_t now) {
    return (struct rate){per_second * RATE_UNIT, now};
}

static void rate_refill(struct rate *rate, uint64_t per_second, uint64_t now) {
    uint64_t elapsed = now - rate->filled_at;
    uint64_t missing = per_second * RATE_UNIT - rate->tokens;
    bool full = elapsed >= RATE_UNIT || elapsed * per_second >= missing;
    rate->tokens += full ? missing : elapsed * per_second;
    rate->filled_at = now;
}

bool rate_take(struct rate *rate, uint64_t per_second, uint64_t amount, uint64_t now) {
    rate_refill(rate, per_second, now);
    if (amount > rate->tokens / RATE_UNIT) {
        return false;
    }
    rate->tokens -= amount * RATE_UNIT;
    return true;
}
