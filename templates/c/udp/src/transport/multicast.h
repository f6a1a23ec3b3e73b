#ifndef MULTICAST_H
#define MULTICAST_H

#include <stdbool.h>

// Joins the spec's group. False after a line on standard error that says what to do.
bool multicast_join(int fd);

#endif
