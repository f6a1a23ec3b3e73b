// What Windows lacks of string.h.
#ifndef WINDOWS_STRING_H
#define WINDOWS_STRING_H

#pragma GCC system_header // for the next line
#include_next <string.h>

void *memmem(const void *bytes, size_t length, const void *part, size_t part_length);

#endif
