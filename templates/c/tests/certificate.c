#include "certificate.h"

#include "credential_files.h"
#include "process.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    CERTIFICATE_VERSION = 2, // X.509 v3
    CERTIFICATE_HOUR = 3600,
    CERTIFICATE_DAY = 86400
};

static X509 *certificate_create(EVP_PKEY *key) {
    static const unsigned char name[] = "localhost";
    X509 *certificate = X509_new();
    if (certificate == NULL) {
        return NULL;
    }
    X509_NAME *subject = X509_get_subject_name(certificate);
    bool made = X509_set_version(certificate, CERTIFICATE_VERSION) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(certificate), -CERTIFICATE_HOUR) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), CERTIFICATE_DAY) != NULL &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
                X509_set_issuer_name(certificate, subject) == 1 &&
                X509_set_pubkey(certificate, key) == 1 &&
                X509_sign(certificate, key, EVP_sha256()) > 0;
    if (!made) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static FILE *certificate_open_file(const char *path) {
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        process_fail(strerror(errno));
    }
    return file;
}

void certificate_write(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key != NULL ? certificate_create(key) : NULL;
    if (certificate == NULL) {
        process_fail("no certificate can be made");
    }
    FILE *certificate_file = certificate_open_file(CREDENTIAL_FILES.certificate);
    FILE *key_file = certificate_open_file(CREDENTIAL_FILES.key);
    bool written = PEM_write_X509(certificate_file, certificate) == 1 &&
                   PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL) == 1;
    written = fclose(certificate_file) == 0 && fclose(key_file) == 0 && written;
    if (!written) {
        process_fail("the certificate cannot be written");
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
}
