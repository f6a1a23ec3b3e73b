#ifndef WINDOWS_SYS_UIO_H
#define WINDOWS_SYS_UIO_H

#include <stddef.h>
#include <sys/types.h>

struct iovec {
    void *iov_base;
    size_t iov_len;
};

#endif
