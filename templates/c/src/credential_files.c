#include "credential_files.h"

#include "config.h"

const struct credential_files CREDENTIAL_FILES = {
    .certificate = CONFIG_TLS_CERTIFICATE,
    .key = CONFIG_TLS_KEY,
    //% if client_certificates
    .client_ca = CONFIG_TLS_CLIENT_CA,
    //% endif
};
