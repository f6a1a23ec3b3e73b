// What the port beside the server's own says goes over the socket as it is.
#include "transport/services_peer.h"

#include <sys/socket.h>

bool services_peer_begin(struct services_peer *peer) {
    (void)peer;
    return true;
}

size_t services_peer_receive(struct services_peer *peer, char *bytes, size_t room) {
    ssize_t received = time(NULL) <= peer->until ? recv(peer->fd, bytes, room, 0) : 0;
    return received > 0 ? (size_t)received : 0;
}

void services_peer_send(struct services_peer *peer, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t sent = send(peer->fd, bytes, length, 0);
        if (sent <= 0) {
            return;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
}

void services_peer_finish(struct services_peer *peer) {
    (void)peer;
}
