// What the log's formats share.
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "log.h"

#include <stddef.h>

enum {
    LOG_LINE_SIZE = 2048
};

// A line under construction; what does not fit is cut.
struct log_line {
    char text[LOG_LINE_SIZE];
    size_t length;
};

void log_append(struct log_line *line, const char *text);
void log_append_number(struct log_line *line, size_t number);
// As a JSON string (RFC 8259 §7).
void log_append_json(struct log_line *line, const char *text);

// log_text.c or log_json.c: one event without its line end.
void log_format(struct log_line *line, const char *time, const char *level, const char *event,
                const struct log_field *fields, size_t count);

#endif
