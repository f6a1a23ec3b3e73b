// Who may become a connection, and a session.
#ifndef ADMISSION_H
#define ADMISSION_H

#include "transport/address.h"
#include "transport/server.h"

// Makes an accepted socket one of the server's connections, or closes it.
void admission_welcome(struct server *server, int fd, const struct address *address);

#endif
