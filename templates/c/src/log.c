#include "log.h"

#include "log_line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const log_level_names[] = {"debug", "info", "warn", "error"};
static enum log_level log_lowest = LOG_INFO;

struct log_field log_text(const char *name, const char *text) {
    return (struct log_field){.name = name, .text = text};
}

struct log_field log_number(const char *name, size_t number) {
    return (struct log_field){.name = name, .number = number};
}

bool log_level_parse(const char *name, enum log_level *level) {
    for (size_t i = 0; i < sizeof log_level_names / sizeof *log_level_names; i++) {
        if (strcmp(name, log_level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_set_level(enum log_level level) {
    log_lowest = level;
}

void log_append(struct log_line *line, const char *text) {
    size_t room = LOG_LINE_SIZE - 2 - line->length; // for the line end and a NUL
    size_t length = strnlen(text, room);
    memcpy(line->text + line->length, text, length);
    line->length += length;
    line->text[line->length] = '\0';
}

void log_append_number(struct log_line *line, size_t number) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%zu", number);
    log_append(line, digits);
}

void log_append_json(struct log_line *line, const char *text) {
    log_append(line, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8] = {(char)c};
        if (c == '"' || c == '\\') {
            (void)snprintf(escaped, sizeof escaped, "\\%c", c);
        } else if (c < 0x20 || c == 0x7F) {
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", c);
        }
        log_append(line, escaped);
    }
    log_append(line, "\"");
}

static void log_format_time(char *text, size_t size) {
    struct timespec now = {0};
    struct tm utc = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    size_t length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + length, size - length, ".%03ldZ", now.tv_nsec / 1000000);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t count) {
    if (level < log_lowest) {
        return;
    }
    char time[40];
    log_format_time(time, sizeof time);
    struct log_line line = {.length = 0};
    log_format(&line, time, log_level_names[level], event, fields, count);
    line.text[line.length++] = '\n';
    (void)fwrite(line.text, 1, line.length, stderr);
}
