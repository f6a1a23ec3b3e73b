// A message begins with its size.
#include "protocol/framing.h"

#include "config.h"
#include "protocol/host.h"
#include "protocol/internal.h"

enum {
    FRAMING_PREFIX_MAX = 8
};

// Where the prefix has its i-th most significant byte.
static size_t framing_place(size_t i) {
    //% if prefix_little
    return CONFIG_PREFIX_BYTES - 1 - i;
    //% endif
    //% if not prefix_little
    return i;
    //% endif
}

static uint64_t framing_read_prefix(const uint8_t *prefix) {
    uint64_t size = 0;
    for (size_t i = 0; i < CONFIG_PREFIX_BYTES; i++) {
        size = size << 8 | prefix[framing_place(i)];
    }
    return size;
}

// False when the size needs more bytes than a prefix has.
static bool framing_write_prefix(uint8_t prefix[FRAMING_PREFIX_MAX], uint64_t size) {
    for (size_t i = CONFIG_PREFIX_BYTES; i > 0; i--) {
        prefix[framing_place(i - 1)] = (uint8_t)size;
        size >>= 8;
    }
    return size == 0;
}

enum framing_state framing_parse(struct framing_input input, size_t limit,
                                 struct framing_message *message) {
    if (input.length < CONFIG_PREFIX_BYTES) {
        return FRAMING_PARTIAL;
    }
    uint64_t size = framing_read_prefix(input.bytes);
    if (size > limit) {
        return FRAMING_TOO_BIG;
    }
    *message = (struct framing_message){
        .payload = input.bytes + CONFIG_PREFIX_BYTES,
        .size = (size_t)size,
        .used = CONFIG_PREFIX_BYTES + (size_t)size,
    };
    return message->used > input.length ? FRAMING_PARTIAL : FRAMING_WHOLE;
}

uint64_t framing_missing(const struct buffer *kept) {
    if (kept->length < CONFIG_PREFIX_BYTES) {
        return 0;
    }
    return CONFIG_PREFIX_BYTES + framing_read_prefix(kept->data) - kept->length;
}

size_t framing_share(const struct buffer *kept, const uint8_t *bytes, size_t length) {
    (void)bytes;
    uint64_t wanted = kept->length < CONFIG_PREFIX_BYTES ? CONFIG_PREFIX_BYTES - kept->length
                                                         : framing_missing(kept);
    return wanted < length ? (size_t)wanted : length;
}

void framing_send(struct session *session, const uint8_t *data, size_t size) {
    uint8_t prefix[FRAMING_PREFIX_MAX];
    if (framing_write_prefix(prefix, size)) {
        host_send(session, prefix, CONFIG_PREFIX_BYTES, data, size);
    } else {
        session_fail(session, "message does not fit its prefix");
    }
}
