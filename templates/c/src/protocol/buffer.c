#include "protocol/buffer.h"

#include <stdlib.h>
#include <string.h>

static const size_t BUFFER_SMALLEST = 256;
static const size_t BUFFER_POOL_SMALLEST = 16384;
static const size_t BUFFER_POOL_LARGEST = 4194304;

bool buffer_reserve(struct buffer *buffer, size_t extra) {
    if (extra <= buffer->capacity - buffer->length) {
        return true;
    }
    if (extra > SIZE_MAX / 2 - buffer->length) {
        return false;
    }
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : BUFFER_SMALLEST;
    while (capacity < buffer->length + extra) {
        capacity *= 2;
    }
    uint8_t *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(struct buffer *buffer, const uint8_t *bytes, size_t length) {
    if (length == 0) {
        return true;
    }
    if (!buffer_reserve(buffer, length)) {
        return false;
    }
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    return true;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_pool_take(struct buffer_pool *pool, struct buffer *buffer) {
    if (buffer->data == NULL && pool->count > 0) {
        *buffer = pool->spare[--pool->count];
    }
}

void buffer_pool_give(struct buffer_pool *pool, struct buffer *buffer) {
    bool worth_keeping =
        buffer->capacity >= BUFFER_POOL_SMALLEST && buffer->capacity <= BUFFER_POOL_LARGEST;
    if (!worth_keeping || pool->count == BUFFER_POOL_SLOTS) {
        buffer_free(buffer);
        return;
    }
    buffer->length = 0;
    pool->spare[pool->count++] = *buffer;
    *buffer = (struct buffer){0};
}

void buffer_pool_free(struct buffer_pool *pool) {
    while (pool->count > 0) {
        buffer_free(&pool->spare[--pool->count]);
    }
}
