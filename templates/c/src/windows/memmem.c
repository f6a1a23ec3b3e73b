#include <string.h>

//% if posix
#ifdef _WIN32
//% endif
void *memmem(const void *bytes, size_t length, const void *part, size_t part_length) {
    const char *start = bytes;
    for (size_t i = 0; i + part_length <= length; i++) {
        if (memcmp(start + i, part, part_length) == 0) {
            return (void *)(start + i);
        }
    }
    return NULL;
}
//% if posix
#endif
//% endif
