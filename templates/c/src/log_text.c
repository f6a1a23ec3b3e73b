#include "log_line.h"

#include <stdbool.h>

// Whether the value could be taken for something else than one word.
static bool log_needs_quotes(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c <= ' ' || c == '"' || c == '=' || c == 0x7F) {
            return true;
        }
    }
    return false;
}

void log_format(struct log_line *line, const char *time, const char *level, const char *event,
                const struct log_field *fields, size_t count) {
    log_append(line, time);
    log_append(line, " ");
    log_append(line, level);
    log_append(line, " ");
    log_append(line, event);
    for (size_t i = 0; i < count; i++) {
        log_append(line, " ");
        log_append(line, fields[i].name);
        log_append(line, "=");
        if (fields[i].text == NULL) {
            log_append_number(line, fields[i].number);
        } else if (log_needs_quotes(fields[i].text)) {
            log_append_json(line, fields[i].text);
        } else {
            log_append(line, fields[i].text);
        }
    }
}
