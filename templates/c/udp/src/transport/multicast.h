#ifndef MULTICAST_H
#define MULTICAST_H

//% if windows and multicast_interface and not multicast_v6
#include <netinet/in.h>
//% endif
#include <stdbool.h>

// Joins the spec's group. False after a line on standard error that says what to do.
bool multicast_join(int fd);
//% if multicast_v6 and multicast_interface

// The number of the spec's interface, which is given by its name or by an IPv6 address of it; 0 if
// there is none.
unsigned multicast_interface(void);
//% endif
//% if windows and multicast_interface and not multicast_v6

// The first address of the spec's interface, which is given by its name. False if there is none.
bool multicast_address(struct in_addr *address);
//% endif

#endif
