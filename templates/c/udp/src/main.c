#include "environment.h"
#include "log.h"
#include "transport/serve.h"
#include "transport/server.h"
#include "transport/socket_io.h"
//% if windows
#include "transport/winsock.h"
//% endif

#include <stdlib.h>

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

    struct server server = {0};
    (void)address_parse(&server.address, settings.host, settings.port); // was checked
    return serve(&server);
}
