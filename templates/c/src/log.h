#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARN,
    LOG_ERROR,
};

// One name and value of an event: a text, or without one a number.
struct log_field {
    const char *name;
    const char *text;
    size_t number;
};

struct log_field log_text(const char *name, const char *text);
struct log_field log_number(const char *name, size_t number);

// Finds the level of that name; false when there is none.
bool log_level_parse(const char *name, enum log_level *level);
void log_set_level(enum log_level level);

// One line on standard error, if the level is logged.
void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t count);

#endif
