// Your handlers; specgen wrote this file once and leaves it to you.
#ifndef HANDLERS_H
#define HANDLERS_H

#include "protocol/session.h"

#include <stddef.h>
#include <stdint.h>

int on_open(struct session *session);
int on_message(struct session *session, const uint8_t *data, size_t size);
void on_close(struct session *session);

#endif
