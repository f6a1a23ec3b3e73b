#include "credentials.h"

//% if alpn
#include "config.h"
//% endif
#include "credential_files.h"
#include "log.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
//% if threaded
#include <pthread.h>
//% endif
#include <stdio.h>
#include <string.h>

enum {
    CREDENTIALS_TEXT_SIZE = 2048
};

// What is wrong with a file.
struct credentials_fault {
    const char *field;
    const char *path;
    const char *reason;
    const char *advice;
};

static SSL_CTX *credentials_present = NULL;
//% if threaded
static pthread_mutex_t credentials_lock = PTHREAD_MUTEX_INITIALIZER; // of the pointer
//% endif

static bool credentials_fail(struct credentials_fault *fault, const char *reason,
                             const char *advice) {
    fault->reason = reason;
    fault->advice = advice;
    return false;
}

static bool credentials_lack(struct credentials_fault *fault, const char *reason) {
    return credentials_fail(fault, reason, "name a PEM file");
}

// Opens the file that the fault would be of. A folder opens, and cannot be read.
static FILE *credentials_open_file(struct credentials_fault *fault) {
    FILE *file = fopen(fault->path, "re");
    if (file == NULL) {
        (void)credentials_lack(fault, strerror(errno));
        return NULL;
    }
    int first = getc(file);
    if (ferror(file) != 0) {
        (void)credentials_lack(fault, strerror(errno));
        (void)fclose(file);
        return NULL;
    }
    (void)ungetc(first, file);
    return file;
}

// Nobody is there to be asked for a passphrase.
static int credentials_no_passphrase(char *text, int size, int writing, void *argument) {
    (void)text;
    (void)size;
    (void)writing;
    (void)argument;
    return -1;
}

static X509 *credentials_next_certificate(FILE *file) {
    return PEM_read_X509(file, NULL, credentials_no_passphrase, NULL);
}

static bool credentials_check_time(const X509 *certificate, struct credentials_fault *fault) {
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
        return credentials_fail(fault, "expired", "renew it");
    }
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
        return credentials_fail(fault, "not yet valid", "wait, or set the clock");
    }
    return true;
}

// What OpenSSL does not take, a key that is too short for instance.
static bool credentials_object(struct credentials_fault *fault) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return credentials_fail(fault, reason != NULL ? reason : "not taken",
                            "name one that OpenSSL takes");
}

static bool credentials_use_leaf(SSL_CTX *context, FILE *file, struct credentials_fault *fault) {
    X509 *leaf = credentials_next_certificate(file);
    if (leaf == NULL) {
        return credentials_lack(fault, "no certificate in it");
    }
    bool good = credentials_check_time(leaf, fault) &&
                (SSL_CTX_use_certificate(context, leaf) == 1 || credentials_object(fault));
    X509_free(leaf);
    return good;
}

static bool credentials_use_chain(SSL_CTX *context, FILE *file, struct credentials_fault *fault) {
    X509 *issuer;
    while ((issuer = credentials_next_certificate(file)) != NULL) {
        if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
            X509_free(issuer);
            return credentials_object(fault);
        }
    }
    return true;
}

static bool credentials_use_certificate(SSL_CTX *context, struct credentials_fault *fault) {
    *fault = (struct credentials_fault){"tls.certificate", CREDENTIAL_FILES.certificate, "", ""};
    FILE *file = credentials_open_file(fault);
    if (file == NULL) {
        return false;
    }
    bool good =
        credentials_use_leaf(context, file, fault) && credentials_use_chain(context, file, fault);
    (void)fclose(file);
    return good;
}

static bool credentials_pair(SSL_CTX *context, EVP_PKEY *key, struct credentials_fault *fault) {
    if (X509_check_private_key(SSL_CTX_get0_certificate(context), key) != 1) {
        return credentials_fail(fault, "does not belong to the certificate",
                                "name the certificate's key");
    }
    return SSL_CTX_use_PrivateKey(context, key) == 1 || credentials_object(fault);
}

static bool credentials_use_key(SSL_CTX *context, struct credentials_fault *fault) {
    *fault = (struct credentials_fault){"tls.key", CREDENTIAL_FILES.key, "", ""};
    FILE *file = credentials_open_file(fault);
    if (file == NULL) {
        return false;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, credentials_no_passphrase, NULL);
    (void)fclose(file);
    if (key == NULL) {
        return credentials_lack(fault, "no private key in it");
    }
    bool good = credentials_pair(context, key, fault);
    EVP_PKEY_free(key);
    return good;
}
//% if client_certificates

static size_t credentials_trust(SSL_CTX *context, FILE *file) {
    size_t count = 0;
    X509 *authority;
    while ((authority = credentials_next_certificate(file)) != NULL) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1 &&
            SSL_CTX_add_client_CA(context, authority) == 1) {
            count++;
        }
        X509_free(authority);
    }
    return count;
}

static bool credentials_ask_clients(SSL_CTX *context, struct credentials_fault *fault) {
    *fault = (struct credentials_fault){"tls.client_ca", CREDENTIAL_FILES.client_ca, "", ""};
    FILE *file = credentials_open_file(fault);
    if (file == NULL) {
        return false;
    }
    size_t count = credentials_trust(context, file);
    (void)fclose(file);
    if (count == 0) {
        return credentials_lack(fault, "no certificate in it");
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return true;
}
//% endif
//% if alpn

// The name in the list of RFC 7301 §3.1, its length before it; NULL if it is not there.
static const unsigned char *credentials_find(const unsigned char *list, unsigned length,
                                             const char *name) {
    for (unsigned i = 0; i < length; i += 1 + list[i]) {
        if (list[i] == strlen(name) && memcmp(list + i + 1, name, list[i]) == 0) {
            return list + i;
        }
    }
    return NULL;
}

static int credentials_choose(SSL *tls, const unsigned char **chosen, unsigned char *length,
                              const unsigned char *offered, unsigned offered_length,
                              void *argument) {
    (void)tls;
    (void)argument;
    for (size_t i = 0; i < sizeof CONFIG_TLS_PROTOCOLS / sizeof *CONFIG_TLS_PROTOCOLS; i++) {
        const unsigned char *found =
            credentials_find(offered, offered_length, CONFIG_TLS_PROTOCOLS[i]);
        if (found != NULL) {
            *chosen = found + 1;
            *length = *found;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}
//% endif

// A ticket is good with the credentials that it was given under, and needs no memory of the server.
static bool credentials_set_up(SSL_CTX *context) {
    static const unsigned char name[] = "server";
    (void)SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    //% if alpn
    SSL_CTX_set_alpn_select_cb(context, credentials_choose, NULL);
    //% endif
    //% if tls_only_1_3
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1;
    //% endif
    //% if not tls_only_1_3
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1;
    //% endif
}

static bool credentials_read_files(SSL_CTX *context, struct credentials_fault *fault) {
    bool good = credentials_use_certificate(context, fault) && credentials_use_key(context, fault);
    //% if client_certificates
    good = good && credentials_ask_clients(context, fault);
    //% endif
    return good;
}

static SSL_CTX *credentials_read(struct credentials_fault *fault) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    *fault = (struct credentials_fault){"tls", "OpenSSL", "cannot be used", "free memory"};
    if (context == NULL || !credentials_set_up(context) ||
        !credentials_read_files(context, fault)) {
        SSL_CTX_free(context);
        context = NULL;
    }
    ERR_clear_error();
    return context;
}

static void credentials_describe(const struct credentials_fault *fault,
                                 char text[CREDENTIALS_TEXT_SIZE]) {
    (void)snprintf(text, CREDENTIALS_TEXT_SIZE, "%s %s: %s; %s", fault->field, fault->path,
                   fault->reason, fault->advice);
}

static void credentials_replace(SSL_CTX *context) {
    //% if threaded
    (void)pthread_mutex_lock(&credentials_lock);
    //% endif
    SSL_CTX *before = credentials_present;
    credentials_present = context;
    //% if threaded
    (void)pthread_mutex_unlock(&credentials_lock);
    //% endif
    SSL_CTX_free(before); // connections hold on to theirs
}

bool credentials_open(void) {
    struct credentials_fault fault;
    //% if threaded
    // Threads may outlive main().
    (void)OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
    //% endif
    SSL_CTX *context = credentials_read(&fault);
    if (context == NULL) {
        char text[CREDENTIALS_TEXT_SIZE];
        credentials_describe(&fault, text);
        (void)fprintf(stderr, "error: %s\n", text);
        return false;
    }
    credentials_replace(context);
    return true;
}

void credentials_reload(void) {
    struct credentials_fault fault;
    SSL_CTX *context = credentials_read(&fault);
    if (context == NULL) {
        char text[CREDENTIALS_TEXT_SIZE];
        credentials_describe(&fault, text);
        const struct log_field field = log_text("error", text);
        log_event(LOG_ERROR, "reload-failed", &field, 1);
        return;
    }
    credentials_replace(context);
    log_event(LOG_INFO, "reloaded", NULL, 0);
}

void credentials_close(void) {
    credentials_replace(NULL);
}

SSL *credentials_start(void) {
    //% if threaded
    (void)pthread_mutex_lock(&credentials_lock);
    //% endif
    SSL *tls = SSL_new(credentials_present);
    //% if threaded
    (void)pthread_mutex_unlock(&credentials_lock);
    //% endif
    return tls;
}
