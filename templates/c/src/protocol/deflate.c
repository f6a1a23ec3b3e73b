#include "protocol/deflate.h"

#include "config.h"

#include <limits.h>
#include <stdlib.h>

enum {
    DEFLATE_TAIL_SIZE = 4
};

static const size_t DEFLATE_SMALLEST_OUTPUT = 16384;
static const size_t DEFLATE_CHUNK = 1U << 30; // zlib counts in unsigned int

z_stream *deflater_create(uint8_t window_bits) {
    z_stream *deflater = calloc(1, sizeof *deflater);
    if (deflater == NULL) {
        return NULL;
    }
    if (deflateInit2(deflater, CONFIG_COMPRESSION_LEVEL, Z_DEFLATED, -(int)window_bits,
                     CONFIG_MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(deflater);
        return NULL;
    }
    return deflater;
}

void deflater_free(z_stream *deflater) {
    if (deflater != NULL) {
        (void)deflateEnd(deflater);
        free(deflater);
    }
}

// The largest window serves every peer: one that compresses with a smaller one does not notice.
static z_stream *inflater_create(void) {
    z_stream *inflater = calloc(1, sizeof *inflater);
    if (inflater == NULL) {
        return NULL;
    }
    if (inflateInit2(inflater, -CODEC_WINDOW_BITS_MAX) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

void inflater_free(z_stream *inflater) {
    if (inflater != NULL) {
        (void)inflateEnd(inflater);
        free(inflater);
    }
}

z_stream *codec_deflater(struct codec *codec, uint8_t window_bits) {
    z_stream **slot = &codec->deflaters[window_bits];
    if (*slot == NULL) {
        *slot = deflater_create(window_bits);
    } else if (deflateReset(*slot) != Z_OK) {
        return NULL;
    }
    return *slot;
}

z_stream *codec_take_inflater(struct codec *codec) {
    if (codec->inflater_count == 0) {
        return inflater_create();
    }
    return codec->inflaters[--codec->inflater_count];
}

void codec_give_inflater(struct codec *codec, z_stream *inflater) {
    if (codec->inflater_count < CODEC_SPARE_INFLATERS && inflateReset(inflater) == Z_OK) {
        codec->inflaters[codec->inflater_count++] = inflater;
    } else {
        inflater_free(inflater);
    }
}

void codec_free(struct codec *codec) {
    for (size_t bits = 0; bits <= CODEC_WINDOW_BITS_MAX; bits++) {
        deflater_free(codec->deflaters[bits]);
    }
    while (codec->inflater_count > 0) {
        inflater_free(codec->inflaters[--codec->inflater_count]);
    }
}

// Runs the deflater until it has taken its input and given all its output.
static bool deflate_drain(z_stream *deflater, int flush, struct buffer *packed) {
    do {
        if (!buffer_reserve(packed, DEFLATE_SMALLEST_OUTPUT)) {
            return false;
        }
        size_t room = packed->capacity - packed->length;
        room = room < DEFLATE_CHUNK ? room : DEFLATE_CHUNK;
        deflater->next_out = packed->data + packed->length;
        deflater->avail_out = (uInt)room;
        if (deflate(deflater, flush) == Z_STREAM_ERROR) {
            return false;
        }
        packed->length += room - deflater->avail_out;
    } while (deflater->avail_out == 0);
    return true;
}

bool deflate_message(z_stream *deflater, const uint8_t *data, size_t size, struct buffer *packed) {
    size_t done = 0;
    do {
        size_t chunk = size - done < DEFLATE_CHUNK ? size - done : DEFLATE_CHUNK;
        deflater->next_in = data + done;
        deflater->avail_in = (uInt)chunk;
        done += chunk;
        if (!deflate_drain(deflater, done == size ? Z_SYNC_FLUSH : Z_NO_FLUSH, packed)) {
            return false;
        }
    } while (done < size);
    if (packed->length < DEFLATE_TAIL_SIZE) {
        // zlib does not flush twice in a row: an empty block stands for the empty message.
        packed->data[0] = 0x00;
        packed->length = 1;
        return true;
    }
    packed->length -= DEFLATE_TAIL_SIZE; // RFC 7692 §7.2.1
    return true;
}

static const int DEFLATE_BETWEEN_BLOCKS = 128; // zlib.h: data_type

// One call of inflate(), which stops where the output would pass the limit by more than one byte.
static int inflate_step(z_stream *inflater, struct buffer *message, size_t limit) {
    size_t room = message->capacity - message->length;
    size_t allowed = limit + 1 - message->length;
    room = room < allowed ? room : allowed;
    room = room < DEFLATE_CHUNK ? room : DEFLATE_CHUNK;
    inflater->next_out = message->data + message->length;
    inflater->avail_out = (uInt)room;
    int status = inflate(inflater, Z_SYNC_FLUSH);
    message->length += room - inflater->avail_out;
    if (status == Z_STREAM_END) {
        // RFC 7692 §7.2.3.4: blocks may follow a final one. Unlike inflateReset(), which would need
        // the window copied out and in again, this keeps it.
        status = inflateResetKeep(inflater);
        inflater->data_type = DEFLATE_BETWEEN_BLOCKS;
    }
    return status;
}

enum inflate_result inflate_feed(z_stream *inflater, uint8_t *bytes, size_t length,
                                 struct buffer *message, size_t limit) {
    inflater->next_in = bytes;
    inflater->avail_in = (uInt)length;
    do {
        size_t room = message->capacity > 0 ? 1 : DEFLATE_SMALLEST_OUTPUT;
        if (!buffer_reserve(message, room)) {
            return INFLATE_NO_MEMORY;
        }
        int status = inflate_step(inflater, message, limit);
        if (message->length > limit) {
            return INFLATE_TOO_BIG;
        }
        if (status == Z_MEM_ERROR) {
            return INFLATE_NO_MEMORY;
        }
        if (status != Z_OK && status != Z_BUF_ERROR) {
            return INFLATE_INVALID;
        }
    } while (inflater->avail_in > 0 || inflater->avail_out == 0);
    return INFLATE_DONE;
}

// Whether the input so far ends between two blocks and between two bytes.
static bool inflate_at_boundary(const z_stream *inflater) {
    const int unused_bits = 63;
    return (inflater->data_type & (DEFLATE_BETWEEN_BLOCKS | unused_bits)) == DEFLATE_BETWEEN_BLOCKS;
}

enum inflate_result inflate_finish(z_stream *inflater, struct buffer *message, size_t limit) {
    uint8_t tail[DEFLATE_TAIL_SIZE] = {0x00, 0x00, 0xFF, 0xFF}; // RFC 7692 §7.2.2
    enum inflate_result result = inflate_feed(inflater, tail, sizeof tail, message, limit);
    if (result == INFLATE_DONE && !inflate_at_boundary(inflater)) {
        return INFLATE_INVALID;
    }
    return result;
}
