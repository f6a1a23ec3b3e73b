// Several workers, each on a thread of its own, with a socket of its own (SO_REUSEPORT): the kernel
// gives all datagrams of one peer to the same.
#include "config.h"
#include "log.h"
#include "transport/listener.h"
//% if portable
#include "transport/platform.h"
//% endif
#include "transport/serve.h"
#include "transport/thread.h"
#include "transport/worker.h"

//% if macos
#include <fcntl.h>
//% endif
//% if not portable
#include <sched.h>
//% endif
#include <stdlib.h>

struct crew {
    struct worker *workers;
    pthread_t *threads; // of all but the first, which has the process's own
    size_t count;
    size_t opened;
};

// How many the process may use.
static size_t serve_core_count(void) {
    //% if portable
    return platform_core_count();
    //% endif
    //% if not portable
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
    //% endif
}

// As many as the spec says; 0 stands for one a core.
static size_t serve_count(void) {
    return CONFIG_WORKERS > 0 ? CONFIG_WORKERS : serve_core_count();
}

static int serve_socket(struct server *server, const struct crew *crew) {
    //% if macos
    if (crew->opened > 0 && !platform_shares_ports()) {
        int fd = fcntl(crew->workers[0].fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0) {
            serve_explain();
        }
        return fd;
    }
    //% endif
    //% if not macos
    (void)crew;
    //% endif
    return listener_open(&server->address);
}

static bool serve_open_one(struct server *server, struct crew *crew) {
    int fd = serve_socket(server, crew);
    if (fd < 0) {
        return false;
    }
    struct worker *worker = &crew->workers[crew->opened++];
    worker->server = server;
    if (!worker_open(worker, fd, server->signals)) {
        serve_explain();
        return false;
    }
    return true;
}

static bool serve_open(struct server *server, struct crew *crew) {
    crew->count = serve_count();
    crew->workers = calloc(crew->count, sizeof *crew->workers);
    crew->threads = calloc(crew->count, sizeof *crew->threads);
    if (crew->workers == NULL || crew->threads == NULL) {
        serve_explain();
        return false;
    }
    while (crew->opened < crew->count) {
        if (!serve_open_one(server, crew)) {
            return false;
        }
    }
    return true;
}

static void *serve_main(void *argument) {
    worker_run(argument);
    return NULL;
}

static void serve_start(struct crew *crew) {
    for (size_t i = 1; i < crew->count; i++) {
        if (!thread_start(&crew->threads[i], serve_main, &crew->workers[i])) {
            serve_explain();
            exit(EXIT_FAILURE);
        }
    }
}

static void serve_run(struct crew *crew) {
    serve_start(crew);
    serve_announce(crew->workers[0].server);
    (void)serve_main(&crew->workers[0]);
    log_event(LOG_INFO, "draining", NULL, 0);
    for (size_t i = 1; i < crew->count; i++) {
        (void)pthread_join(crew->threads[i], NULL);
    }
    //% if peers
    server_part(&crew->workers[0]);
    //% endif
}

bool serve_workers(struct server *server) {
    struct crew crew = {.count = 0};
    bool opened = serve_open(server, &crew);
    if (opened) {
        serve_run(&crew);
    }
    while (crew.opened > 0) {
        worker_close(&crew.workers[--crew.opened]);
    }
    if (opened) {
        log_event(LOG_INFO, "stopped", NULL, 0);
    }
    free(crew.workers);
    free(crew.threads);
    return opened;
}
