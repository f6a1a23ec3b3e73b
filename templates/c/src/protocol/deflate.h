// permessage-deflate's transformation of messages (RFC 7692 §7.2), on zlib.
#ifndef DEFLATE_H
#define DEFLATE_H

#include "protocol/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZLIB_CONST
#include <zlib.h>

enum {
    CODEC_WINDOW_BITS_MAX = 15,
    CODEC_SPARE_INFLATERS = 8
};

// zlib states that no context ties to a connection. Zeroed: none allocated yet.
struct codec {
    z_stream *deflaters[CODEC_WINDOW_BITS_MAX + 1]; // by window bits
    z_stream *inflaters[CODEC_SPARE_INFLATERS];
    size_t inflater_count;
};

enum inflate_result {
    INFLATE_DONE,
    INFLATE_INVALID,
    INFLATE_TOO_BIG,
    INFLATE_NO_MEMORY,
};

// A deflater for one message that refers to no other; NULL when memory is short.
z_stream *codec_deflater(struct codec *codec, uint8_t window_bits);
// An inflater without context, to be given back after the message.
z_stream *codec_take_inflater(struct codec *codec);
void codec_give_inflater(struct codec *codec, z_stream *inflater);
void codec_free(struct codec *codec);

z_stream *deflater_create(uint8_t window_bits);
void deflater_free(z_stream *deflater);
void inflater_free(z_stream *inflater);

// Compresses a message into the empty buffer. False when memory is short: the context is then lost.
bool deflate_message(z_stream *deflater, const uint8_t *data, size_t size, struct buffer *packed);

// Appends what the bytes of a message inflate to. `message` may then exceed `limit` by one byte,
// with INFLATE_TOO_BIG.
enum inflate_result inflate_feed(z_stream *inflater, uint8_t *bytes, size_t length,
                                 struct buffer *message, size_t limit);
// Ends the message.
enum inflate_result inflate_finish(z_stream *inflater, struct buffer *message, size_t limit);

#endif
