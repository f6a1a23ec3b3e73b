// Tells whether a handler was ever called while another one ran.
#include "handlers.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <threads.h>
#include <time.h>

static atomic_int inside;
static atomic_bool overlapped;

static void stay(void) {
    if (atomic_fetch_add(&inside, 1) != 0) {
        atomic_store(&overlapped, true);
    }
    struct timespec pause = {.tv_nsec = 2000000};
    (void)thrd_sleep(&pause, NULL);
    (void)atomic_fetch_sub(&inside, 1);
}

int on_open(struct session *session) {
    (void)session;
    stay();
    return 0;
}

int on_message(struct session *session, const uint8_t *data, size_t size) {
    (void)data;
    (void)size;
    stay();
    const char *answer = atomic_load(&overlapped) ? "overlapped" : "alone";
    session_send(session, (const uint8_t *)answer, strlen(answer));
    return 0;
}

void on_close(struct session *session) {
    (void)session;
    stay();
}
