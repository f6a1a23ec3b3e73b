#include "tls_client.h"

#include "credential_files.h"
#include "process.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>

enum {
    TLS_CLIENT_MOST = 64, // descriptors
    TLS_CLIENT_BYTES = 256
};

static SSL *tls_clients[TLS_CLIENT_MOST]; // by descriptor

static SSL_CTX *tls_client_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL ||
        SSL_CTX_load_verify_locations(context, CREDENTIAL_FILES.certificate, NULL) != 1) {
        process_fail("the server's certificate cannot be trusted");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    //% if client_certificates
    if (SSL_CTX_use_certificate_file(context, CREDENTIAL_FILES.certificate, SSL_FILETYPE_PEM) !=
            1 ||
        SSL_CTX_use_PrivateKey_file(context, CREDENTIAL_FILES.key, SSL_FILETYPE_PEM) != 1) {
        process_fail("the client's certificate cannot be used");
    }
    //% endif
    return context;
}

void tls_client_connect(int fd) {
    SSL_CTX *context = tls_client_context();
    SSL *tls = SSL_new(context);
    SSL_CTX_free(context);
    (void)signal(SIGPIPE, SIG_IGN);
    if (tls == NULL || fd >= TLS_CLIENT_MOST || SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1) {
        process_fail("the TLS handshake failed");
    }
    SSL_free(tls_clients[fd]);
    tls_clients[fd] = tls;
}

void tls_client_send(int fd, const void *bytes, size_t length) {
    size_t sent = 0;
    if (SSL_write_ex(tls_clients[fd], bytes, length, &sent) != 1) {
        process_fail("the server does not take input");
    }
}

void tls_client_receive(int fd, void *bytes, size_t length) {
    size_t done = 0;
    while (done < length) {
        size_t more = 0;
        if (SSL_read_ex(tls_clients[fd], (uint8_t *)bytes + done, length - done, &more) != 1) {
            process_fail("the server does not answer");
        }
        done += more;
    }
}

//% if tcp and broadcast and not io_blocking
bool tls_client_hears(int fd) {
    uint8_t byte;
    return SSL_peek(tls_clients[fd], &byte, 1) == 1;
}

//% endif
void tls_client_finish(int fd) {
    (void)SSL_shutdown(tls_clients[fd]);
}

void tls_client_drain(int fd) {
    uint8_t bytes[TLS_CLIENT_BYTES];
    int result;
    do {
        result = SSL_read(tls_clients[fd], bytes, sizeof bytes);
    } while (result > 0);
    if (SSL_get_error(tls_clients[fd], result) != SSL_ERROR_ZERO_RETURN) {
        process_fail("the server does not end its stream");
    }
}
