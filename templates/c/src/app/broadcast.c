#include "app/app.h"

int app_open(struct session *session) {
    (void)session;
    return 0;
}

int app_message(struct session *session, enum message_kind kind, const uint8_t *data, size_t size) {
    session_broadcast(session, kind, data, size);
    return 0;
}

void app_close(struct session *session, uint16_t code, const char *reason, size_t length) {
    (void)session;
    (void)code;
    (void)reason;
    (void)length;
}
