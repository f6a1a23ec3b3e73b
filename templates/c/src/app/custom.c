#include "app/app.h"
#include "handlers.h"
//% if threaded

#include <pthread.h>

// Handlers run one at a time. A call of theirs may lead to the next one.
static pthread_mutex_t custom_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local unsigned custom_depth = 0;

static void custom_enter(void) {
    if (custom_depth++ == 0) {
        (void)pthread_mutex_lock(&custom_lock);
    }
}

static void custom_leave(void) {
    if (--custom_depth == 0) {
        (void)pthread_mutex_unlock(&custom_lock);
    }
}
//% endif

int app_open(struct session *session) {
    //% if threaded
    custom_enter();
    //% endif
    int result = on_open(session);
    //% if threaded
    custom_leave();
    //% endif
    return result;
}

int app_message(struct session *session, enum message_kind kind, const uint8_t *data, size_t size) {
    //% if threaded
    custom_enter();
    //% endif
    int result = on_message(session, kind, data, size);
    //% if threaded
    custom_leave();
    //% endif
    return result;
}

void app_close(struct session *session, uint16_t code, const char *reason, size_t length) {
    //% if threaded
    custom_enter();
    //% endif
    on_close(session, code, reason, length);
    //% if threaded
    custom_leave();
    //% endif
}
