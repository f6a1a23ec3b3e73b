// Where the files are that TLS needs. The smoke test has others.
#ifndef CREDENTIAL_FILES_H
#define CREDENTIAL_FILES_H

struct credential_files {
    const char *certificate; // with the chain behind it
    const char *key;
    //% if client_certificates
    const char *client_ca;
    //% endif
};

extern const struct credential_files CREDENTIAL_FILES;

#endif
