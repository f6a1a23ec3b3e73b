// Settings that the environment may change.
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include "log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct settings {
    const char *host;
    uint16_t port;
    //% if not udp
    size_t max_message;
    //% endif
    //% if heartbeat
    uint64_t ping_interval;
    //% endif
    //% if compression
    bool compression;
    //% endif
    bool socket_debug;
    enum log_level log_level;
};

// False after a line on standard error that names the wrong variable.
bool environment_read(struct settings *settings);

#endif
