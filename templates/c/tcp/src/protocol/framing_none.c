// No framing: a message is what one read gives.
#include "protocol/framing.h"

#include "protocol/host.h"
#include "protocol/internal.h"

void incoming_receive(struct session *session, const uint8_t *bytes, size_t length) {
    //% if overflow_pause
    if (session->paused) {
        message_keep(session, bytes, length);
        return;
    }
    //% endif
    if (length > 0) {
        message_deliver(session, bytes, length);
    }
}

void framing_send(struct session *session, const uint8_t *data, size_t size) {
    host_send(session, data, size, NULL, 0);
}
