// What the server does with its sessions; one file of this folder is linked.
#ifndef APP_H
#define APP_H

#include "protocol/session.h"

#include <stddef.h>
#include <stdint.h>

// An error, which is any result but 0, fails the session.
int app_open(struct session *session);
// The data is valid until the function returns.
int app_message(struct session *session, const uint8_t *data, size_t size);
// Called once for every opened session.
void app_close(struct session *session);

#endif
