// Included before everything else: names of macOS and FreeBSD for what Linux has too.
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
    SO_LINGER_SEC = SO_LINGER,
    SO_REUSEPORT_LB = SO_REUSEPORT,
    TCP_KEEPALIVE = TCP_KEEPIDLE,
    TCP_NOPUSH = TCP_CORK
};

#undef TCP_CORK
#undef TCP_KEEPIDLE
