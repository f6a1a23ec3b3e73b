#ifndef WINDOWS_NETINET_IN_H
#define WINDOWS_NETINET_IN_H

#include <sys/socket.h>
//% if multicast and not multicast_v6

#define ip_mreqn ip_mreq
#define imr_address imr_interface
//% endif

#endif
