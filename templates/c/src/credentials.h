// The certificate that the server shows, its key, and what TLS is to be like.
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <stdbool.h>

struct ssl_st; // OpenSSL's SSL

// Reads the files. False after a line on standard error that says what to do.
bool credentials_open(void);
// Reads them anew, for the connections to come; bad ones change nothing.
void credentials_reload(void);
void credentials_close(void);

// For a new connection; NULL when memory is short.
struct ssl_st *credentials_start(void);

#endif
