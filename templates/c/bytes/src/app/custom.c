#include "app/app.h"
#include "handlers.h"

int app_open(struct session *session) {
    return on_open(session);
}

int app_message(struct session *session, const uint8_t *data, size_t size) {
    return on_message(session, data, size);
}

void app_close(struct session *session) {
    on_close(session);
}
