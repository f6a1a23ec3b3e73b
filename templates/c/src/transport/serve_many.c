// Several workers, each on a thread of its own.
#include "config.h"
#include "log.h"
#include "transport/listener.h"
//% if portable
#include "transport/platform.h"
//% endif
#include "transport/serve.h"
#include "transport/thread.h"
#include "transport/transport.h"
#include "transport/worker.h"

#include <fcntl.h>
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

// SO_REUSEPORT gives each worker a queue of its own. Unix sockets lack it, and a worker that
// serves one peer at a time must not keep others in its queue while another worker is idle.
static int serve_listener(struct server *server, const struct crew *crew) {
    bool own = crew->opened == 0;
    //% if not io_blocking
    own = own || server->address.socket.any.sa_family != AF_UNIX;
    //% endif
    //% if macos
    own = crew->opened == 0 || (own && platform_shares_ports());
    //% endif
    if (own) {
        int listener = listener_open(&server->address);
        server->listening = server->listening || listener >= 0;
        return listener;
    }
    int listener = fcntl(crew->workers[0].listener, F_DUPFD_CLOEXEC, 0);
    if (listener < 0) {
        serve_explain();
    }
    return listener;
}

static bool serve_open_one(struct server *server, struct crew *crew) {
    int listener = serve_listener(server, crew);
    if (listener < 0) {
        return false;
    }
    struct worker *worker = &crew->workers[crew->opened];
    worker->server = server;
    int wake = crew->opened++ == 0 ? server->signals : -1;
    if (!worker_open(worker, listener, wake)) {
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

static void serve_give_up(struct crew *crew) {
    while (crew->opened > 0) {
        worker_close(&crew->workers[--crew->opened]);
    }
}

static void *serve_main(void *argument) {
    struct worker *worker = argument;
    //% if custom
    worker_settle_here(worker);
    //% endif
    transport_run(worker);
    worker_close(worker);
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

static void serve_run(const struct server *server, struct crew *crew) {
    serve_start(crew);
    serve_announce(server);
    (void)serve_main(&crew->workers[0]);
    for (size_t i = 1; i < crew->count; i++) {
        (void)pthread_join(crew->threads[i], NULL);
    }
    log_event(LOG_INFO, "stopped", NULL, 0);
}

bool serve_workers(struct server *server) {
    struct crew crew = {.count = 0};
    bool opened = serve_open(server, &crew);
    if (opened) {
        serve_run(server, &crew);
    } else {
        serve_give_up(&crew);
    }
    free(crew.workers);
    free(crew.threads);
    return opened;
}
