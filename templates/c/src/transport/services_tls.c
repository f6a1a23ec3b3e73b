// What the port beside the server's own says goes over TLS.
#include "credentials.h"
#include "transport/services_peer.h"

#include <sys/socket.h>

static void services_peer_flush(struct services_peer *peer) {
    struct buffer *records = &peer->desk.records;
    size_t done = 0;
    while (done < records->length) {
        ssize_t sent = send(peer->fd, records->data + done, records->length - done, 0);
        if (sent <= 0) {
            break;
        }
        done += (size_t)sent;
    }
    records->length = 0;
}

// Waits for more of the peer's records.
static bool services_peer_fetch(struct services_peer *peer) {
    if (time(NULL) > peer->until) {
        return false;
    }
    ssize_t received = recv(peer->fd, peer->input, sizeof peer->input, 0);
    peer->desk.input = peer->input;
    peer->desk.input_length = received > 0 ? (size_t)received : 0;
    return received > 0;
}

bool services_peer_begin(struct services_peer *peer) {
    enum tls_result result = TLS_WANTS_INPUT;
    peer->tls = credentials_start_watcher();
    if (!tls_open_desk(&peer->desk) || peer->tls == NULL || !tls_start(peer->tls, &peer->desk)) {
        return false;
    }
    while (result == TLS_WANTS_INPUT && services_peer_fetch(peer)) {
        result = tls_shake_hands(peer->tls);
        services_peer_flush(peer);
    }
    return result == TLS_DONE;
}

size_t services_peer_receive(struct services_peer *peer, char *bytes, size_t room) {
    size_t length = 0;
    enum tls_result result;
    do {
        result = tls_read(peer->tls, (uint8_t *)bytes, room, &length);
        services_peer_flush(peer);
    } while (length == 0 && result == TLS_WANTS_INPUT && services_peer_fetch(peer));
    return length;
}

void services_peer_send(struct services_peer *peer, const char *bytes, size_t length) {
    if (tls_write(peer->tls, (const uint8_t *)bytes, length)) {
        services_peer_flush(peer);
    }
}

void services_peer_finish(struct services_peer *peer) {
    if (peer->tls != NULL) {
        tls_finish(peer->tls);
        services_peer_flush(peer);
    }
    tls_free(peer->tls);
    tls_close_desk(&peer->desk);
}
