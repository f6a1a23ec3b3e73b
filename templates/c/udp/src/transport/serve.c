#include "transport/serve.h"

#include "log.h"
#include "transport/listener.h"
#include "transport/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void serve_announce(const struct address *address) {
    char text[ADDRESS_PEER_SIZE];
    address_format_peer(address, text);
    (void)printf("listening on %s\n", text);
    (void)fflush(stdout);
    const struct log_field field = log_text("address", text);
    log_event(LOG_INFO, "listening", &field, 1);
}

static void serve_explain(void) {
    (void)fprintf(stderr, "error: cannot start: %s; free memory or descriptors\n", strerror(errno));
}

static void serve_until_signal(struct worker *worker) {
    serve_announce(&worker->server->address);
    worker_run(worker);
    log_event(LOG_INFO, "draining", NULL, 0);
    //% if peers
    server_part(worker);
    //% endif
}

static bool serve_alone(struct server *server, int fd) {
    struct worker worker = {.server = server};
    bool opened = worker_open(&worker, fd, server->signals);
    if (opened) {
        serve_until_signal(&worker);
    } else {
        serve_explain();
    }
    worker_close(&worker);
    if (opened) {
        log_event(LOG_INFO, "stopped", NULL, 0);
    }
    return opened;
}

static bool serve_opened(struct server *server) {
    int fd = listener_open(&server->address);
    return fd >= 0 && serve_alone(server, fd);
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
