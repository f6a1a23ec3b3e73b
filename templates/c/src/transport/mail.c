#include "transport/mail.h"

#include "config.h"
#include "protocol/elsewhere.h"
#include "transport/connection.h"
#include "transport/server.h"
#include "transport/worker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// A message's bytes, which the letters to all workers share.
struct parcel {
    atomic_size_t references;
    size_t size;
    uint8_t data[];
};

struct letter {
    struct letter *next;
    struct parcel *parcel;
    unsigned word;
    host_spreading *spread;
    //% if custom
    host_delivery *deliver; // with the session alone; NULL: `spread` counts
    struct session *session;
    //% endif
};

void mail_open(struct worker *worker) {
    (void)pthread_mutex_init(&worker->mailbox.lock, NULL);
}

static struct parcel *parcel_create(const uint8_t *data, size_t size) {
    struct parcel *parcel = malloc(sizeof *parcel + size);
    if (parcel != NULL) {
        atomic_init(&parcel->references, 1);
        parcel->size = size;
        if (size > 0) {
            memcpy(parcel->data, data, size);
        }
    }
    return parcel;
}

static void parcel_release(struct parcel *parcel) {
    if (parcel != NULL && atomic_fetch_sub(&parcel->references, 1) == 1) {
        free(parcel);
    }
}

static void letter_free(struct letter *letter) {
    parcel_release(letter->parcel);
    free(letter);
}

// All letters, the oldest first.
static struct letter *mail_take(struct worker *worker) {
    struct mailbox *mailbox = &worker->mailbox;
    //% if overflow_pause
    bool relieved = false;
    //% endif
    (void)pthread_mutex_lock(&mailbox->lock);
    struct letter *letters = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = NULL;
    mailbox->unread = 0;
    //% if overflow_pause
    if (mailbox->congested) {
        mailbox->congested = false;
        relieved = server_relieve(worker->server);
    }
    //% endif
    (void)pthread_mutex_unlock(&mailbox->lock);
    //% if overflow_pause
    if (relieved) {
        server_wake_workers(worker->server);
    }
    //% endif
    return letters;
}
//% if overflow_close

// Its connections cannot have what there was no room for.
static void mail_give_up(const struct worker *worker) {
    for (struct connection *c = worker->connections; c != NULL; c = c->next) {
        session_overflow(&c->session);
    }
}

static bool mail_has_flooded(struct mailbox *mailbox) {
    (void)pthread_mutex_lock(&mailbox->lock);
    bool flooded = mailbox->flooded;
    mailbox->flooded = false;
    (void)pthread_mutex_unlock(&mailbox->lock);
    return flooded;
}
//% endif

static void letter_follow(struct worker *worker, const struct letter *letter) {
    const struct parcel *parcel = letter->parcel;
    //% if custom
    if (letter->session != NULL) {
        struct connection *connection = (struct connection *)letter->session;
        letter->deliver(letter->session, letter->word, parcel->data, parcel->size);
        (void)atomic_fetch_sub(&connection->letters, 1);
        return;
    }
    //% endif
    letter->spread(&worker->context, letter->word, parcel->data, parcel->size);
}

void mail_read(struct worker *worker) {
    struct letter *letter = mail_take(worker);
    while (letter != NULL) {
        struct letter *next = letter->next;
        letter_follow(worker, letter);
        letter_free(letter);
        letter = next;
    }
    //% if overflow_close
    if (mail_has_flooded(&worker->mailbox)) {
        mail_give_up(worker);
    }
    //% endif
}

static void mail_discard(struct worker *worker) {
    struct letter *letter = mail_take(worker);
    while (letter != NULL) {
        struct letter *next = letter->next;
        letter_free(letter);
        letter = next;
    }
}

void mail_close(struct worker *worker) {
    mail_discard(worker);
    (void)pthread_mutex_destroy(&worker->mailbox.lock);
}

static void mail_append(struct mailbox *mailbox, struct letter *letter) {
    if (mailbox->last != NULL) {
        mailbox->last->next = letter;
    } else {
        mailbox->first = letter;
    }
    mailbox->last = letter;
    mailbox->unread += letter->parcel->size;
}

// Letters wait as output does: the watermark holds for them too. False: there is no room.
static bool mail_judge(struct worker *worker) {
    struct mailbox *mailbox = &worker->mailbox;
    if (mailbox->unread <= CONFIG_HIGH_WATERMARK) {
        return true;
    }
    //% if overflow_pause
    if (!mailbox->congested) {
        mailbox->congested = true;
        server_congest(worker->server);
    }
    return true;
    //% endif
    //% if overflow_close
    mailbox->flooded = true;
    return false;
    //% endif
    //% if overflow_drop
    return false;
    //% endif
}

static void mail_post(struct worker *worker, struct letter *letter) {
    struct mailbox *mailbox = &worker->mailbox;
    (void)pthread_mutex_lock(&mailbox->lock);
    bool wakes = mailbox->first == NULL;
    bool taken = mail_judge(worker);
    //% if custom
    taken = taken || letter->session != NULL; // it may be what ends the session
    //% endif
    if (taken) {
        mail_append(mailbox, letter);
    }
    (void)pthread_mutex_unlock(&mailbox->lock);
    if (wakes) {
        worker_notify(worker);
    }
    if (!taken) {
        letter_free(letter);
    }
}

static void mail_spread_to(struct worker *worker, const struct letter *draft) {
    struct letter *letter = malloc(sizeof *letter);
    if (letter != NULL) {
        *letter = *draft;
        (void)atomic_fetch_add(&letter->parcel->references, 1);
        mail_post(worker, letter);
    }
}
//% if overflow_pause

// Whoever causes output to connections that are congested has to wait, wherever they are.
static void mail_pause_cause(const struct worker *worker) {
    struct connection *cause = worker->current;
    if (cause != NULL && server_is_congested(worker->server)) {
        session_pause(&cause->session);
        cause->waiting = true;
    }
}
//% endif

void host_spread(const struct session *session, host_spreading *spread, unsigned word,
                 const uint8_t *data, size_t size) {
    struct worker *own = ((const struct connection *)session)->worker;
    struct letter draft = {.spread = spread, .word = word, .parcel = parcel_create(data, size)};
    if (draft.parcel == NULL) {
        return;
    }
    struct server *server = own->server;
    (void)pthread_mutex_lock(&server->roster_lock);
    for (struct worker *worker = server->workers; worker != NULL; worker = worker->next) {
        if (worker != own) {
            mail_spread_to(worker, &draft);
        }
    }
    (void)pthread_mutex_unlock(&server->roster_lock);
    parcel_release(draft.parcel);
    //% if overflow_pause
    mail_pause_cause(own);
    //% endif
}
//% if custom

bool host_is_own(const struct session *session) {
    return worker_is_here(((const struct connection *)session)->worker);
}

void host_forward(struct session *session, host_delivery *deliver, unsigned word,
                  const uint8_t *data, size_t size) {
    struct connection *connection = (struct connection *)session;
    struct letter *letter = calloc(1, sizeof *letter);
    struct parcel *parcel = parcel_create(data, size);
    if (letter == NULL || parcel == NULL) {
        parcel_release(parcel);
        free(letter);
        return;
    }
    *letter =
        (struct letter){.parcel = parcel, .word = word, .deliver = deliver, .session = session};
    (void)atomic_fetch_add(&connection->letters, 1);
    mail_post(connection->worker, letter);
}
//% endif
