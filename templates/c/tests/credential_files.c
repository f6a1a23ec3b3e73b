// In the place of src/credential_files.c: certificate.c writes these.
#include "credential_files.h"

const struct credential_files CREDENTIAL_FILES = {
    .certificate = "build/smoke-certificate.pem",
    .key = "build/smoke-key.pem",
    //% if client_certificates
    .client_ca = "build/smoke-certificate.pem",
    //% endif
};
