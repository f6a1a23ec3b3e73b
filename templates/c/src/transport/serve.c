#include "transport/serve.h"

#include "log.h"

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

void serve_explain(void) {
    (void)fprintf(stderr, "error: cannot start: %s; free memory or descriptors\n", strerror(errno));
}

int serve(struct server *server) {
    bool served = false;
    if (server_open(server)) {
        served = serve_workers(server);
    } else {
        serve_explain();
    }
    server_close(server);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
