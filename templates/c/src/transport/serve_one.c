#include "log.h"
#include "transport/listener.h"
#include "transport/serve.h"
#include "transport/transport.h"
#include "transport/worker.h"

static bool serve_with(struct server *server, int listener) {
    struct worker worker = {.server = server};
    bool opened = worker_open(&worker, listener, server->signals);
    if (opened) {
        serve_announce(server);
        transport_run(&worker);
        log_event(LOG_INFO, "stopped", NULL, 0);
    } else {
        serve_explain();
    }
    worker_close(&worker);
    return opened;
}

bool serve_workers(struct server *server) {
    int listener = listener_open(&server->address);
    server->listening = listener >= 0;
    return server->listening && serve_with(server, listener);
}
