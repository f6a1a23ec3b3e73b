// The TLS of one connection without its socket, by OpenSSL: the peer's records go in, the server's
// come out.
#ifndef TLS_H
#define TLS_H

#include "protocol/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st; // OpenSSL's SSL
struct bio_method_st;

enum {
    TLS_RECORD_MOST = 16384 // bytes of a record's content (RFC 8446 §5.1)
};

enum tls_result {
    TLS_DONE,
    TLS_WANTS_INPUT,
    TLS_ENDED, // the peer's close_notify came
    TLS_FAILED, // an alert is among the records if the peer is to have one
};

// What the connections of a worker share; it serves one at a time.
struct tls_desk {
    struct bio_method_st *method;
    const uint8_t *input; // the peer's records, as far as they were not looked at yet
    size_t input_length;
    struct buffer records; // for the peer, to be taken away after each call
};

// False when memory is short.
bool tls_open_desk(struct tls_desk *desk);
void tls_close_desk(struct tls_desk *desk);

// Makes a session of OpenSSL's a connection's; false when memory is short.
bool tls_start(struct ssl_st *tls, struct tls_desk *desk);
void tls_free(struct ssl_st *tls);

enum tls_result tls_shake_hands(struct ssl_st *tls);
// Fills the room as far as there is input; `length` counts also when the result is not TLS_DONE.
enum tls_result tls_read(struct ssl_st *tls, uint8_t *bytes, size_t room, size_t *length);
// False when memory is short.
bool tls_write(struct ssl_st *tls, const uint8_t *bytes, size_t length);
// Ends the server's side of the stream with a close_notify.
void tls_finish(struct ssl_st *tls);

#endif
