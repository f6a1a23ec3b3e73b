#include "transport/platform.h"

//% if posix
#ifdef _WIN32
//% endif
#include <windows.h>

#include <bcrypt.h>

// Fails only where Windows has no random numbers at all: less is at stake here.
void platform_draw(void *bytes, size_t size) {
    (void)BCryptGenRandom(NULL, bytes, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
}
//% if posix
#endif
//% endif
