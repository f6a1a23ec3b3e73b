#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

// Sets the spec's socket options on a socket that is not bound yet; connections inherit them from
// their listener. False after a line on standard error that says what to do.
bool options_set(int fd, int family);
//% if socket_receive_buffer or socket_send_buffer or receive_low_watermark

// What connections of a unix socket do not inherit.
bool options_set_buffers(int fd, int family);
//% endif
//% if keep_alive and windows and not udp

// What connections do not inherit on Windows. False and errno on failure.
bool options_keep_alive(int fd);
// As options_set().
bool options_set_keep_alive(int fd);
//% endif
//% if fast_open and macos and not udp

// macOS takes it from sockets that listen alone.
bool options_set_listening(int fd);
//% endif
//% if cork and not udp

// What was written goes out; what follows is held back again.
void options_uncork(int fd);
//% endif
//% if quick_ack and not udp

// The kernel forgets it: to be set again after every read.
void options_acknowledge(int fd);
//% endif

#endif
