// A certificate for the time of the test.
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

// Writes it, signed by itself, and its key.
void certificate_write(void);

#endif
