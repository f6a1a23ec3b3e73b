#include "log_line.h"

static void log_append_member(struct log_line *line, const char *name, const char *text) {
    log_append_json(line, name);
    log_append(line, ":");
    log_append_json(line, text);
}

void log_format(struct log_line *line, const char *time, const char *level, const char *event,
                const struct log_field *fields, size_t count) {
    log_append(line, "{");
    log_append_member(line, "time", time);
    log_append(line, ",");
    log_append_member(line, "level", level);
    log_append(line, ",");
    log_append_member(line, "event", event);
    for (size_t i = 0; i < count; i++) {
        log_append(line, ",");
        if (fields[i].text != NULL) {
            log_append_member(line, fields[i].name, fields[i].text);
        } else {
            log_append_json(line, fields[i].name);
            log_append(line, ":");
            log_append_number(line, fields[i].number);
        }
    }
    log_append(line, "}");
}
