// Sessions that belong to other threads: what is to happen to them is done there.
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;
struct session_context;

// Has every other thread call `spread` with its context. The data is copied once.
typedef void host_spreading(struct session_context *context, unsigned word, const uint8_t *data,
                            size_t size);
void host_spread(const struct session *session, host_spreading *spread, unsigned word,
                 const uint8_t *data, size_t size);
//% if custom

// Whether the session belongs to the calling thread.
bool host_is_own(const struct session *session);

// Has the session's thread call `deliver`. The app must know the session as open.
typedef void host_delivery(struct session *session, unsigned word, const uint8_t *data,
                           size_t size);
void host_forward(struct session *session, host_delivery *deliver, unsigned word,
                  const uint8_t *data, size_t size);
//% endif

#endif
