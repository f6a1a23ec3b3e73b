#include "transport/serve.h"

//% if tls
#include "credentials.h"
//% endif
#include "log.h"
//% if metrics_port
#include "transport/services.h"
//% endif

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void serve_announce(const struct server *server) {
    char text[ADDRESS_TEXT_SIZE];
    address_format(&server->address, text);
    (void)printf("listening on %s\n", text);
    (void)fflush(stdout);
    const struct log_field field = log_text("address", text);
    log_event(LOG_INFO, "listening", &field, 1);
}

//% if io_uring
// What a kernel says that has no io_uring, has not enough of it, or forbids it.
static bool serve_lacks_ring(int error) {
    return error == ENOSYS || error == EINVAL || error == EPERM || error == EACCES;
}

//% endif
void serve_explain(void) {
    const char *advice = "free memory or descriptors";
    //% if io_uring
    if (serve_lacks_ring(errno)) {
        advice = "io_uring of Linux 6.0 or newer is needed: allow it, or choose another io.model";
    }
    //% endif
    (void)fprintf(stderr, "error: cannot start: %s; %s\n", strerror(errno), advice);
}

static bool serve_opened(struct server *server) {
    //% if tls
    if (!credentials_open()) {
        return false;
    }
    //% endif
    //% if metrics_port
    if (!services_open(&server->address)) {
        return false;
    }
    //% endif
    return serve_workers(server);
}

int serve(struct server *server) {
    bool served = false;
    if (server_open(server)) {
        served = serve_opened(server);
    } else {
        serve_explain();
    }
    server_close(server);
    //% if tls
    credentials_close();
    //% endif
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
