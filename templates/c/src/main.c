#include "config.h"
#include "environment.h"
#include "log.h"
//% if auth
#include "tokens.h"
//% endif
#include "transport/serve.h"
#include "transport/server.h"
#include "transport/socket_io.h"
//% if windows
#include "transport/winsock.h"
//% endif

#include <stdlib.h>
//% if posix
//% if windows
#ifndef _WIN32
//% endif
#include <sys/resource.h>
//% if windows
#endif
//% endif
//% endif

//% if posix
//% if windows
#ifndef _WIN32
//% endif
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
//% if windows
#endif
//% endif
//% endif

int main(void) {
    struct settings settings;
    //% if windows
    //% if posix
#ifdef _WIN32
    //% endif
    if (!winsock_start()) {
        serve_explain();
        return EXIT_FAILURE;
    }
    //% if posix
#endif
    //% endif
    //% endif
    if (!environment_read(&settings)) {
        return EXIT_FAILURE;
    }
    log_set_level(settings.log_level);
    socket_trace(settings.socket_debug);
    //% if posix
    //% if windows
#ifndef _WIN32
    //% endif
    main_raise_descriptor_limit();
    //% if windows
#endif
    //% endif
    //% endif
    //% if auth
    struct bearer_tokens tokens = {0};
    if (!tokens_read(&tokens)) {
        tokens_free(&tokens);
        return EXIT_FAILURE;
    }
    //% endif

    struct server server = {
        .context.max_message = settings.max_message,
        //% if heartbeat
        .context.ping_interval = settings.ping_interval,
        //% endif
        //% if compression
        .context.compression = settings.compression,
        //% endif
        //% if auth
        .context.tokens = &tokens,
        //% endif
    };
    (void)address_parse(&server.address, settings.host, settings.port); // was checked
    int status = serve(&server);
    //% if auth
    tokens_free(&tokens);
    //% endif
    return status;
}
