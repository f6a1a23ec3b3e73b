#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes that grow by doubling, so that an announced length alone never allocates. Zeroed: empty.
struct buffer {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

enum {
    BUFFER_POOL_SLOTS = 8
};

// Large buffers kept for reuse: mapping and unmapping one a message costs more than an echo.
struct buffer_pool {
    struct buffer spare[BUFFER_POOL_SLOTS];
    size_t count;
};

// Makes room for `extra` more bytes. False when memory is short; the buffer is then unchanged.
bool buffer_reserve(struct buffer *buffer, size_t extra);
bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t length);
void buffer_free(struct buffer *buffer);

// Gives an empty buffer spare memory, if there is some.
void buffer_pool_take(struct buffer_pool *pool, struct buffer *buffer);
// Empties the buffer: its memory is kept for reuse, or freed.
void buffer_pool_give(struct buffer_pool *pool, struct buffer *buffer);
void buffer_pool_free(struct buffer_pool *pool);

#endif
