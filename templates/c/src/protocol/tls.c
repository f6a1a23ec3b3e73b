#include "protocol/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

static int tls_take_input(BIO *bio, char *bytes, int room) {
    struct tls_desk *desk = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (desk->input_length == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t length = desk->input_length < (size_t)room ? desk->input_length : (size_t)room;
    memcpy(bytes, desk->input, length);
    desk->input += length;
    desk->input_length -= length;
    return (int)length;
}

static int tls_put_records(BIO *bio, const char *bytes, int length) {
    struct tls_desk *desk = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return buffer_append(&desk->records, (const uint8_t *)bytes, (size_t)length) ? length : -1;
}

static long tls_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

bool tls_open_desk(struct tls_desk *desk) {
    *desk = (struct tls_desk){.method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "worker")};
    return desk->method != NULL && BIO_meth_set_read(desk->method, tls_take_input) == 1 &&
           BIO_meth_set_write(desk->method, tls_put_records) == 1 &&
           BIO_meth_set_ctrl(desk->method, tls_control) == 1;
}

void tls_close_desk(struct tls_desk *desk) {
    BIO_meth_free(desk->method);
    buffer_free(&desk->records);
}

bool tls_start(SSL *tls, struct tls_desk *desk) {
    BIO *bio = BIO_new(desk->method);
    if (bio == NULL) {
        return false;
    }
    BIO_set_data(bio, desk);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls, bio, bio);
    SSL_set_accept_state(tls);
    return true;
}

void tls_free(SSL *tls) {
    SSL_free(tls);
}

static enum tls_result tls_judge(const SSL *tls, int result) {
    switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_NONE:
        return TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        return TLS_FAILED;
    }
}

enum tls_result tls_shake_hands(SSL *tls) {
    ERR_clear_error(); // SSL_get_error(3) looks at what it holds
    return tls_judge(tls, SSL_do_handshake(tls));
}

enum tls_result tls_read(SSL *tls, uint8_t *bytes, size_t room, size_t *length) {
    enum tls_result result = TLS_DONE;
    *length = 0;
    ERR_clear_error();
    while (result == TLS_DONE && *length < room) {
        size_t more = 0;
        result = tls_judge(tls, SSL_read_ex(tls, bytes + *length, room - *length, &more));
        *length += more;
    }
    return result;
}

bool tls_write(SSL *tls, const uint8_t *bytes, size_t length) {
    size_t written = 0;
    ERR_clear_error();
    return SSL_write_ex(tls, bytes, length, &written) == 1;
}

void tls_finish(SSL *tls) {
    ERR_clear_error();
    (void)SSL_shutdown(tls); // its result is about the peer's close_notify
}
