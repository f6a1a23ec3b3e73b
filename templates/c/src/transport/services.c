#include "transport/services.h"

#include "config.h"
#include "metrics.h"
#include "protocol/http.h"
#include "transport/services_io.h"
//% if health
#include "transport/signals.h"
//% endif
#include "transport/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SERVICES_HEAD_MAX = 8192,
    SERVICES_LINE_MAX = 512,
    SERVICES_PATIENCE = 5 // seconds, for a whole request
};

struct services_answer {
    const char *status;
    const char *fields;
    const char *body;
};

static const struct services_answer SERVICES_MALFORMED = {"400 Bad Request", "",
                                                          "malformed request\n"};
static const struct services_answer SERVICES_NOT_FOUND = {"404 Not Found", "",
                                                          "no such resource\n"};
static const struct services_answer SERVICES_METHOD = {"405 Method Not Allowed", "Allow: GET\r\n",
                                                       "only GET is allowed\n"};
static const struct services_answer SERVICES_SLOW = {"408 Request Timeout", "",
                                                     "request took too long\n"};
//% if health
static const struct services_answer SERVICES_HEALTHY = {"200 OK", "", "ok\n"};
static const struct services_answer SERVICES_DRAINING = {"503 Service Unavailable", "",
                                                         "draining\n"};
//% endif

static int services_listener = -1;

static void services_send(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = services_write(fd, bytes, length);
        if (sent <= 0) {
            return;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void services_send_answer(int fd, const char *status, const char *type, const char *fields,
                                 struct text body) {
    char head[SERVICES_LINE_MAX];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: %s\r\n"
                          "Content-Length: %zu\r\n%s\r\n",
                          status, type, body.length, fields);
    services_send(fd, head, (size_t)length);
    services_send(fd, body.data, body.length);
}

static void services_send_text(int fd, const struct services_answer *answer) {
    services_send_answer(fd, answer->status, "text/plain; charset=utf-8", answer->fields,
                         text_of(answer->body));
}

static void services_send_metrics(int fd) {
    size_t length = 0;
    char *text = metrics_text(&length);
    if (text != NULL) {
        services_send_answer(fd, "200 OK", "text/plain; version=0.0.4; charset=utf-8", "",
                             (struct text){text, length});
    }
    free(text);
}

static struct text services_path(struct text target) {
    const char *query = memchr(target.data, '?', target.length);
    return query != NULL ? (struct text){target.data, (size_t)(query - target.data)} : target;
}

static void services_answer_path(int fd, struct text path) {
    //% if health
    if (text_equal(path, text_of(CONFIG_HEALTH_PATH))) {
        services_send_text(fd, signals_arrived() ? &SERVICES_DRAINING : &SERVICES_HEALTHY);
        return;
    }
    //% endif
    if (text_equal(path, text_of(CONFIG_METRICS_PATH))) {
        services_send_metrics(fd);
    } else {
        services_send_text(fd, &SERVICES_NOT_FOUND);
    }
}

static void services_answer_head(int fd, struct text head) {
    struct http_request request;
    if (!http_parse(head, &request)) {
        services_send_text(fd, &SERVICES_MALFORMED);
    } else if (!text_equal(request.method, text_of("GET"))) {
        services_send_text(fd, &SERVICES_METHOD);
    } else {
        services_answer_path(fd, services_path(request.target));
    }
}

// The length of the head, or 0.
static size_t services_read_head(int fd, char head[SERVICES_HEAD_MAX]) {
    size_t length = 0;
    time_t end = time(NULL) + SERVICES_PATIENCE;
    while (length < SERVICES_HEAD_MAX && time(NULL) <= end) {
        ssize_t received = services_read(fd, head + length, SERVICES_HEAD_MAX - length);
        if (received <= 0) {
            return 0;
        }
        size_t seen = length;
        length += (size_t)received;
        size_t found = http_head_length(head, length, seen);
        if (found > 0) {
            return found;
        }
    }
    return 0;
}

// No reset may eat the answer.
static void services_finish(int fd) {
    char dropped[SERVICES_LINE_MAX];
    time_t end = time(NULL) + SERVICES_PATIENCE;
    services_shutdown(fd);
    while (services_read(fd, dropped, sizeof dropped) > 0 && time(NULL) <= end) {
    }
    services_close(fd);
}

static void services_serve(int fd) {
    services_limit(fd, SERVICES_PATIENCE);
    char head[SERVICES_HEAD_MAX];
    size_t length = services_read_head(fd, head);
    if (length > 0) {
        services_answer_head(fd, (struct text){head, length});
    } else {
        services_send_text(fd, &SERVICES_SLOW);
    }
    services_finish(fd);
}

static void *services_run(void *argument) {
    (void)argument;
    for (;;) {
        int fd = services_accept(services_listener);
        if (fd >= 0) {
            services_serve(fd);
        } else if (errno != EINTR && errno != ECONNABORTED && errno != ECONNRESET) {
            (void)sleep(1); // descriptors are short
        }
    }
    return NULL;
}

static bool services_fail(const struct address *address) {
    int error = errno;
    char text[ADDRESS_TEXT_SIZE];
    address_format(address, text);
    (void)fprintf(stderr,
                  "error: cannot listen on %s: %s; stop the other program or set "
                  "metrics.port\n",
                  text, strerror(error));
    return false;
}

// The server's host; a unix socket's is this machine.
static struct address services_address(const struct address *server) {
    struct address address = *server;
    switch (server->socket.any.sa_family) {
    case AF_INET:
        address.socket.v4.sin_port = htons(CONFIG_METRICS_PORT);
        break;
    case AF_INET6:
        address.socket.v6.sin6_port = htons(CONFIG_METRICS_PORT);
        break;
    default:
        (void)address_parse(&address, "127.0.0.1", CONFIG_METRICS_PORT);
        break;
    }
    return address;
}

bool services_open(const struct address *server) {
    pthread_t thread;
    const struct address address = services_address(server);
    services_listener = services_socket(address.socket.any.sa_family);
    if (services_listener < 0 || !services_listen(services_listener, &address) ||
        !thread_start(&thread, services_run, NULL)) {
        return services_fail(&address);
    }
    (void)pthread_detach(thread);
    return true;
}
