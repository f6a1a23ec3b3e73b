// A message ends with LF; a CR right before it is not part of the message either.
#include "protocol/framing.h"

#include "protocol/host.h"

#include <string.h>

enum {
    FRAMING_END_MAX = 2 // CR LF
};

static size_t framing_without_return(const uint8_t *bytes, size_t length) {
    return length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
}

enum framing_state framing_parse(struct framing_input input, size_t limit,
                                 struct framing_message *message) {
    const uint8_t *end = memchr(input.bytes + input.seen, '\n', input.length - input.seen);
    if (end == NULL) {
        return input.length >= limit + FRAMING_END_MAX ? FRAMING_TOO_BIG : FRAMING_PARTIAL;
    }
    size_t length = (size_t)(end - input.bytes);
    *message = (struct framing_message){
        .payload = input.bytes,
        .size = framing_without_return(input.bytes, length),
        .used = length + 1,
    };
    return message->size > limit ? FRAMING_TOO_BIG : FRAMING_WHOLE;
}

size_t framing_share(const struct buffer *kept, const uint8_t *bytes, size_t length) {
    (void)kept;
    const uint8_t *end = memchr(bytes, '\n', length);
    return end != NULL ? (size_t)(end - bytes) + 1 : length;
}

void framing_send(struct session *session, const uint8_t *data, size_t size) {
    host_send(session, data, size, (const uint8_t *)"\n", 1);
}
