#include "app/app.h"

//% if tcp

int app_open(struct session *session) {
    (void)session;
    return 0;
}
//% endif

int app_message(struct session *session, const uint8_t *data, size_t size) {
    session_send(session, data, size);
    return 0;
}
//% if tcp

void app_close(struct session *session) {
    (void)session;
}
//% endif
