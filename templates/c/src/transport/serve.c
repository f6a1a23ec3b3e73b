#include "transport/serve.h"

#include "log.h"
#include "transport/address.h"
#include "transport/listener.h"
#include "transport/transport.h"
#include "transport/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void serve_announce(const struct address *address) {
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    (void)printf("listening on %s\n", text);
    (void)fflush(stdout);
    const struct log_field field = log_text("address", text);
    log_event(LOG_INFO, "listening", &field, 1);
}

static void serve_explain(void) {
    (void)fprintf(stderr, "error: cannot start: %s; free memory or descriptors\n", strerror(errno));
}

static bool serve_alone(struct server *server, int listener) {
    struct worker worker = {.server = server};
    bool opened = worker_open(&worker, listener, server->signals);
    if (opened) {
        serve_announce(&server->address);
        transport_run(&worker);
        log_event(LOG_INFO, "stopped", NULL, 0);
    } else {
        serve_explain();
    }
    worker_close(&worker);
    return opened;
}

static bool serve_opened(struct server *server) {
    int listener = listener_open(&server->address);
    return listener >= 0 && serve_alone(server, listener);
}

int serve(struct server *server) {
    bool served = false;
    if (server_open(server)) {
        served = serve_opened(server);
    } else {
        serve_explain();
    }
    server_close(server);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
