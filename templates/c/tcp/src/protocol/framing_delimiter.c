// A message ends with the first delimiter.
#include "protocol/framing.h"

#include "config.h"
#include "protocol/host.h"

#include <string.h>

enum {
    FRAMING_DELIMITER_LENGTH = sizeof CONFIG_DELIMITER - 1
};

static size_t framing_smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

// The number of bytes up to the end of the first delimiter, or 0.
static size_t framing_end(const uint8_t *bytes, size_t length) {
    const uint8_t *found = memmem(bytes, length, CONFIG_DELIMITER, FRAMING_DELIMITER_LENGTH);
    return found != NULL ? (size_t)(found - bytes) + FRAMING_DELIMITER_LENGTH : 0;
}

enum framing_state framing_parse(struct framing_input input, size_t limit,
                                 struct framing_message *message) {
    // A delimiter may have begun in what was seen.
    size_t skipped = input.seen - framing_smaller(input.seen, FRAMING_DELIMITER_LENGTH - 1);
    size_t end = framing_end(input.bytes + skipped, input.length - skipped);
    if (end == 0) {
        bool full = input.length >= limit + FRAMING_DELIMITER_LENGTH;
        return full ? FRAMING_TOO_BIG : FRAMING_PARTIAL;
    }
    *message = (struct framing_message){
        .payload = input.bytes,
        .size = skipped + end - FRAMING_DELIMITER_LENGTH,
        .used = skipped + end,
    };
    return message->size > limit ? FRAMING_TOO_BIG : FRAMING_WHOLE;
}

// The end of a delimiter that lies on both sides of the seam, or 0.
static size_t framing_end_at_seam(const struct buffer *kept, const uint8_t *bytes, size_t length) {
    uint8_t seam[2 * FRAMING_DELIMITER_LENGTH] = {0};
    size_t before = framing_smaller(kept->length, FRAMING_DELIMITER_LENGTH - 1);
    size_t after = framing_smaller(length, FRAMING_DELIMITER_LENGTH - 1);
    memcpy(seam, kept->data + kept->length - before, before);
    memcpy(seam + before, bytes, after);
    size_t end = framing_end(seam, before + after);
    return end > 0 ? end - before : 0;
}

size_t framing_share(const struct buffer *kept, const uint8_t *bytes, size_t length) {
    size_t end = framing_end_at_seam(kept, bytes, length);
    if (end == 0) {
        end = framing_end(bytes, length);
    }
    return end > 0 ? end : length;
}

void framing_send(struct session *session, const uint8_t *data, size_t size) {
    host_send(session, data, size, (const uint8_t *)CONFIG_DELIMITER, FRAMING_DELIMITER_LENGTH);
}
