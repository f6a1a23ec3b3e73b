#ifndef WINDOWS_SYS_UN_H
#define WINDOWS_SYS_UN_H

#include <sys/socket.h>

#include <afunix.h>

#endif
