// zlib's functions, for linking alone: no system but the tests' own has its library.
#include <zlib.h>

int deflateInit2_(z_streamp stream, int level, int method, int window_bits, int memory_level,
                  int strategy, const char *version, int size) {
    (void)stream, (void)level, (void)method, (void)window_bits, (void)memory_level;
    (void)strategy, (void)version, (void)size;
    return Z_STREAM_ERROR;
}

int deflate(z_streamp stream, int flush) {
    (void)stream, (void)flush;
    return Z_STREAM_ERROR;
}

int deflateEnd(z_streamp stream) {
    (void)stream;
    return Z_STREAM_ERROR;
}

int deflateReset(z_streamp stream) {
    (void)stream;
    return Z_STREAM_ERROR;
}

int inflateInit2_(z_streamp stream, int window_bits, const char *version, int size) {
    (void)stream, (void)window_bits, (void)version, (void)size;
    return Z_STREAM_ERROR;
}

int inflate(z_streamp stream, int flush) {
    (void)stream, (void)flush;
    return Z_STREAM_ERROR;
}

int inflateEnd(z_streamp stream) {
    (void)stream;
    return Z_STREAM_ERROR;
}

int inflateReset(z_streamp stream) {
    (void)stream;
    return Z_STREAM_ERROR;
}

int inflateResetKeep(z_streamp stream) {
    (void)stream;
    return Z_STREAM_ERROR;
}
