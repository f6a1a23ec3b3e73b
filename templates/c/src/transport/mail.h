// What workers ask of each other: to deliver messages to sessions (protocol/elsewhere.h).
#ifndef MAIL_H
#define MAIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct letter;
struct worker;

struct mailbox {
    pthread_mutex_t lock; // of all that follows
    struct letter *first, *last;
    size_t unread; // bytes
    //% if overflow_pause
    bool congested; // above the watermark, and not emptied yet
    //% endif
    //% if overflow_close
    bool flooded; // a letter found no room
    //% endif
};

void mail_open(struct worker *worker);
void mail_close(struct worker *worker);

// Does what the letters that came ask for.
void mail_read(struct worker *worker);

#endif
