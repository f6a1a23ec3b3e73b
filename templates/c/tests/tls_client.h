// TLS on the test's connections. Every failure ends the test.
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

//% if tcp and broadcast and not io_blocking
#include <stdbool.h>
//% endif
#include <stddef.h>

// Shakes hands on a socket that is connected.
void tls_client_connect(int fd);
void tls_client_send(int fd, const void *bytes, size_t length);
// Waits for all of them.
void tls_client_receive(int fd, void *bytes, size_t length);
//% if tcp and broadcast and not io_blocking
// Whether there is something to receive, before the socket's time-out.
bool tls_client_hears(int fd);
//% endif
// Nothing more is sent.
void tls_client_finish(int fd);
// Drops what comes, until the server's close_notify.
void tls_client_drain(int fd);

#endif
