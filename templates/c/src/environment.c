#include "environment.h"

#include "config.h"
#include "log_line.h"
#include "transport/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t ENVIRONMENT_LARGEST_PORT = 65535;
//% if not udp
static const uint64_t ENVIRONMENT_LARGEST_PAYLOAD = 2147483648;
//% endif
//% if heartbeat
static const uint64_t ENVIRONMENT_LARGEST_INTERVAL = 86400000;
//% endif

// An empty variable counts as unset.
static const char *environment_get(const char *name) {
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

// The value is quoted as JSON, so that the message stays one line.
static bool environment_reject(const char *name, const char *value, const char *problem) {
    struct log_line line = {.length = 0};
    log_append_json(&line, value);
    (void)fprintf(stderr, "error: %s: %s %s\n", name, line.text, problem);
    return false;
}

// Decimal digits alone, no larger than `largest`.
static bool environment_parse_number(const char *text, uint64_t largest, uint64_t *number) {
    uint64_t value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(*c - '0');
        if (value > largest) {
            return false;
        }
    }
    *number = value;
    return true;
}

static bool environment_read_host(struct settings *settings) {
    const char *value = environment_get("HOST");
    struct address address;
    settings->host = value != NULL ? value : CONFIG_HOST;
    if (address_parse(&address, settings->host, 0)) {
        return true;
    }
    //% if udp
    return environment_reject("HOST", settings->host, "is not an IPv4 or IPv6 address");
    //% endif
    //% if not udp
    return environment_reject("HOST", settings->host,
                              "is not an IPv4 or IPv6 address or unix:/path");
    //% endif
}

static bool environment_read_port(struct settings *settings) {
    const char *value = environment_get("PORT");
    uint64_t port = CONFIG_PORT;
    if (value != NULL && !environment_parse_number(value, ENVIRONMENT_LARGEST_PORT, &port)) {
        return environment_reject("PORT", value, "is not a port (0–65535)");
    }
    settings->port = (uint16_t)port;
    return true;
}
//% if not udp

static bool environment_read_payload(struct settings *settings) {
    const char *value = environment_get("WS_MAX_PAYLOAD");
    uint64_t bytes = CONFIG_MAX_MESSAGE;
    if (value != NULL &&
        (!environment_parse_number(value, ENVIRONMENT_LARGEST_PAYLOAD, &bytes) || bytes == 0)) {
        return environment_reject("WS_MAX_PAYLOAD", value,
                                  "is not a number of bytes (1–2147483648)");
    }
    settings->max_message = (size_t)bytes;
    return true;
}
//% endif
//% if heartbeat

static bool environment_read_interval(struct settings *settings) {
    const char *value = environment_get("WS_PING_INTERVAL");
    settings->ping_interval = CONFIG_PING_INTERVAL;
    return value == NULL ||
           environment_parse_number(value, ENVIRONMENT_LARGEST_INTERVAL,
                                    &settings->ping_interval) ||
           environment_reject("WS_PING_INTERVAL", value,
                              "is not a number of milliseconds (0–86400000)");
}
//% endif
//% if not heartbeat

static bool environment_check_interval(void) {
    const char *value = environment_get("WS_PING_INTERVAL");
    return value == NULL || strcmp(value, "0") == 0 ||
           environment_reject("WS_PING_INTERVAL", value,
                              "is not 0: this server was generated without heartbeat");
}
//% endif

static bool environment_read_switch(const char *name, bool *on) {
    const char *value = environment_get(name);
    if (value == NULL) {
        return true;
    }
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) {
        return environment_reject(name, value, "is not true or false");
    }
    *on = strcmp(value, "true") == 0;
    return true;
}
//% if not compression

static bool environment_check_compression(void) {
    const char *value = environment_get("WS_COMPRESSION");
    return value == NULL || strcmp(value, "false") == 0 ||
           environment_reject("WS_COMPRESSION", value,
                              "is not false: this server was generated without compression");
}
//% endif

static bool environment_read_level(struct settings *settings) {
    const char *value = environment_get("LOG_LEVEL");
    const char *name = value != NULL ? value : CONFIG_LOG_LEVEL;
    return log_level_parse(name, &settings->log_level) ||
           environment_reject("LOG_LEVEL", name, "is not debug, info, warn or error");
}

bool environment_read(struct settings *settings) {
    *settings = (struct settings){0};
    //% if compression
    settings->compression = true;
    if (!environment_read_switch("WS_COMPRESSION", &settings->compression)) {
        return false;
    }
    //% endif
    //% if not compression
    if (!environment_check_compression()) {
        return false;
    }
    //% endif
    //% if heartbeat
    if (!environment_read_interval(settings)) {
        return false;
    }
    //% endif
    //% if not heartbeat
    if (!environment_check_interval()) {
        return false;
    }
    //% endif
    //% if not udp
    if (!environment_read_payload(settings)) {
        return false;
    }
    //% endif
    return environment_read_host(settings) && environment_read_port(settings) &&
           environment_read_level(settings) &&
           environment_read_switch("SOCKET_DEBUG", &settings->socket_debug);
}
