#include "app/app.h"
#include "handlers.h"

int app_open(struct session *session) {
    return on_open(session);
}

int app_message(struct session *session, enum message_kind kind, const uint8_t *data, size_t size) {
    return on_message(session, kind, data, size);
}

void app_close(struct session *session, uint16_t code, const char *reason, size_t length) {
    on_close(session, code, reason, length);
}
