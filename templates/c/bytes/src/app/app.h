// What the server does with its sessions; one file of this folder is linked.
#ifndef APP_H
#define APP_H

#include "protocol/session.h"

#include <stddef.h>
#include <stdint.h>

// An error is any result but 0.
//% if tcp or custom
int app_open(struct session *session);
//% endif
// The data is valid until the function returns.
int app_message(struct session *session, const uint8_t *data, size_t size);
//% if tcp or custom
// Called once for every opened session.
void app_close(struct session *session);
//% endif

#endif
