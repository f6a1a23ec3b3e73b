#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>

enum {
    SHA1_SIZE = 20
};

// FIPS 180-4; RFC 6455 §4.2.2 asks for it as a fingerprint, not for secrecy.
void sha1(const uint8_t *bytes, size_t length, uint8_t digest[SHA1_SIZE]);

#endif
