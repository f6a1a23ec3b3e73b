#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <stdbool.h>

// Starts a thread that signals leave alone: they are for the first one. False and errno on failure.
bool thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

#endif
