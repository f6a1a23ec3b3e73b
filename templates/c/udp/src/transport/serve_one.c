#include "log.h"
#include "transport/listener.h"
#include "transport/serve.h"
#include "transport/worker.h"

static void serve_until_signal(struct worker *worker) {
    serve_announce(worker->server);
    worker_run(worker);
    log_event(LOG_INFO, "draining", NULL, 0);
    //% if peers
    server_part(worker);
    //% endif
}

static bool serve_with(struct server *server, int fd) {
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

bool serve_workers(struct server *server) {
    int fd = listener_open(&server->address);
    return fd >= 0 && serve_with(server, fd);
}
