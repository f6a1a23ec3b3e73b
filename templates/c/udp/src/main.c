#include "environment.h"
#include "log.h"
#include "transport/serve.h"
#include "transport/server.h"
#include "transport/socket_io.h"

#include <stdlib.h>

int main(void) {
    struct settings settings;
    if (!environment_read(&settings)) {
        return EXIT_FAILURE;
    }
    log_set_level(settings.log_level);
    socket_trace(settings.socket_debug);

    struct server server = {0};
    (void)address_parse(&server.address, settings.host, settings.port); // was checked
    return serve(&server);
}
