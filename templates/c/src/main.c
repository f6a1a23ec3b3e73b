#include "config.h"
#include "environment.h"
#include "log.h"
#include "transport/address.h"
#include "transport/listener.h"
#include "transport/server.h"
#include "transport/socket_io.h"
#include "transport/transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    MAIN_SPARE_DESCRIPTORS = 16
};

// The soft limit of descriptors is often far below what the connections need. Should the hard one
// be too, accepting pauses when they run out.
static void main_raise_descriptor_limit(void) {
    rlim_t wanted = CONFIG_MAX_CONNECTIONS + (size_t)CONFIG_BACKLOG + MAIN_SPARE_DESCRIPTORS;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void main_announce(const struct address *address) {
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    (void)printf("listening on %s\n", text);
    (void)fflush(stdout);
    const struct log_field field = log_text("address", text);
    log_event(LOG_INFO, "listening", &field, 1);
}

static int main_serve(struct server *server, int listener, const struct address *address) {
    bool opened = server_open(server, listener);
    if (opened) {
        main_announce(address);
        transport_run(server);
        log_event(LOG_INFO, "stopped", NULL, 0);
    } else {
        (void)fprintf(stderr, "error: cannot start: %s; free memory or descriptors\n",
                      strerror(errno));
    }
    server_close(server);
    return opened ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void) {
    struct settings settings;
    if (!environment_read(&settings)) {
        return EXIT_FAILURE;
    }
    log_set_level(settings.log_level);
    socket_trace(settings.socket_debug);
    main_raise_descriptor_limit();

    struct address address;
    (void)address_parse(&address, settings.host, settings.port); // checked with the environment
    int listener = listener_open(&address);
    if (listener < 0) {
        return EXIT_FAILURE;
    }
    struct server server = {
        .context.max_message = settings.max_message,
        //% if heartbeat
        .context.ping_interval = settings.ping_interval,
        //% endif
        //% if compression
        .context.compression = settings.compression,
        //% endif
    };
    return main_serve(&server, listener, &address);
}
