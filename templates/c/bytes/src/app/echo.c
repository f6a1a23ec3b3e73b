#include "app/app.h"

int app_open(struct session *session) {
    (void)session;
    return 0;
}

int app_message(struct session *session, const uint8_t *data, size_t size) {
    session_send(session, data, size);
    return 0;
}

void app_close(struct session *session) {
    (void)session;
}
