// kqueue(2) over epoll(7), with which servers made for macOS and FreeBSD are tested on Linux. A
// queue is an epoll instance that holds one for input, one for output, and an eventfd(2) for the
// event of the program's own. Only a queue's own thread waits or changes what it watches; any may
// trigger.
#include <sys/event.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    DESCRIPTORS = 65536,
    BATCH = 256
};

struct watch {
    int16_t filter;
    uint32_t epoll_events;
    int fd; // of the epoll instance; made when it is needed, since epoll nests only so deep
    void **subjects; // by descriptor
    size_t subject_count;
};

struct queue {
    struct watch input, output;
    int user; // -1: not added
    struct kevent user_event;
};

static struct queue *queues[DESCRIPTORS];

int kqueue(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0 || fd >= DESCRIPTORS) {
        return -1;
    }
    queues[fd] = calloc(1, sizeof *queues[fd]);
    if (queues[fd] == NULL) {
        return -1;
    }
    *queues[fd] = (struct queue){
        .input = {.filter = EVFILT_READ, .epoll_events = EPOLLIN | EPOLLRDHUP, .fd = -1},
        .output = {.filter = EVFILT_WRITE, .epoll_events = EPOLLOUT, .fd = -1},
        .user = -1,
    };
    return fd;
}

static int close_really(int fd) {
    return (int)syscall(SYS_close, fd);
}

static void queue_free(struct queue *queue) {
    int parts[] = {queue->input.fd, queue->output.fd, queue->user};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] >= 0) {
            (void)close_really(parts[i]);
        }
    }
    free(queue->input.subjects);
    free(queue->output.subjects);
    free(queue);
}

// Takes the place of the C library's, because a queue ends with its descriptor.
int close(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS && queues[fd] != NULL) {
        queue_free(queues[fd]);
        queues[fd] = NULL;
    }
    return close_really(fd);
}

static int part_add(int queue, int part, void *which) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = which};
    return part < 0 ? -1 : epoll_ctl(queue, EPOLL_CTL_ADD, part, &event);
}

static bool watch_open(int queue, struct watch *watch) {
    if (watch->fd < 0) {
        watch->fd = epoll_create1(EPOLL_CLOEXEC);
        return part_add(queue, watch->fd, watch) == 0;
    }
    return true;
}

static bool watch_remember(struct watch *watch, size_t fd, void *subject) {
    if (fd >= watch->subject_count) {
        size_t count = 2 * fd + 64;
        void **subjects = realloc(watch->subjects, count * sizeof *subjects);
        if (subjects == NULL) {
            return false;
        }
        watch->subjects = subjects;
        watch->subject_count = count;
    }
    watch->subjects[fd] = subject;
    return true;
}

static int watch_change(int queue, struct watch *watch, const struct kevent *change) {
    int fd = (int)change->ident;
    struct epoll_event event = {.events = watch->epoll_events, .data.fd = fd};
    if ((change->flags & EV_DELETE) != 0) {
        return epoll_ctl(watch->fd, EPOLL_CTL_DEL, fd, &event);
    }
    if (!watch_open(queue, watch) || !watch_remember(watch, change->ident, change->udata)) {
        return -1;
    }
    event.events |= (change->flags & EV_CLEAR) != 0 ? EPOLLET : 0U;
    int added = epoll_ctl(watch->fd, EPOLL_CTL_ADD, fd, &event);
    return added != 0 && errno == EEXIST ? epoll_ctl(watch->fd, EPOLL_CTL_MOD, fd, &event) : added;
}

static int user_change(int fd, struct queue *queue, const struct kevent *change) {
    static const uint64_t one = 1;
    if ((change->flags & EV_ADD) != 0) {
        queue->user_event = *change;
        queue->user = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return part_add(fd, queue->user, &queue->user);
    }
    if ((change->fflags & NOTE_TRIGGER) != 0) {
        return write(queue->user, &one, sizeof one) == sizeof one ? 0 : -1;
    }
    return 0;
}

static int queue_change(int fd, struct queue *queue, const struct kevent *change) {
    switch (change->filter) {
    case EVFILT_READ:
        return watch_change(fd, &queue->input, change);
    case EVFILT_WRITE:
        return watch_change(fd, &queue->output, change);
    case EVFILT_USER:
        return user_change(fd, queue, change);
    default:
        errno = EINVAL;
        return -1;
    }
}

static int watch_take(const struct watch *watch, struct kevent *events, int room) {
    struct epoll_event ready[BATCH];
    int count = epoll_wait(watch->fd, ready, room < BATCH ? room : BATCH, 0);
    for (int i = 0; i < count; i++) {
        bool ended = (ready[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        events[i] = (struct kevent){
            .ident = (uintptr_t)ready[i].data.fd,
            .filter = watch->filter,
            .flags = ended ? EV_EOF : 0,
            .udata = watch->subjects[ready[i].data.fd],
        };
    }
    return count < 0 ? 0 : count;
}

static int user_take(const struct queue *queue, struct kevent *events) {
    uint64_t times;
    if (read(queue->user, &times, sizeof times) != sizeof times) {
        return 0;
    }
    events[0] = queue->user_event;
    return 1;
}

static int milliseconds(const struct timespec *time) {
    return time == NULL ? -1 : (int)(time->tv_sec * 1000 + (time->tv_nsec + 999999) / 1000000);
}

static int queue_wait(int fd, const struct queue *queue, struct kevent *events, int room,
                      const struct timespec *timeout) {
    struct epoll_event parts[3];
    int ready = epoll_wait(fd, parts, 3, milliseconds(timeout));
    int count = 0;
    for (int i = 0; i < ready && count < room; i++) {
        if (parts[i].data.ptr == &queue->user) {
            count += user_take(queue, events + count);
        } else {
            count += watch_take(parts[i].data.ptr, events + count, room - count);
        }
    }
    return ready < 0 ? -1 : count;
}

int kevent(int fd, const struct kevent *changes, int change_count, struct kevent *events,
           int event_count, const struct timespec *timeout) {
    struct queue *queue = fd >= 0 && fd < DESCRIPTORS ? queues[fd] : NULL;
    if (queue == NULL) {
        errno = EBADF;
        return -1;
    }
    for (int i = 0; i < change_count; i++) {
        if (queue_change(fd, queue, &changes[i]) != 0) {
            return -1;
        }
    }
    return event_count > 0 ? queue_wait(fd, queue, events, event_count, timeout) : 0;
}
