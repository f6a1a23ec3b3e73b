#include "protocol/http.h"

#include <string.h>

static const char HTTP_SEPARATOR[] = "\r\n";
enum {
    HTTP_SEPARATOR_LENGTH = 2,
    HTTP_END_LENGTH = 4,
    HTTP_VERSION_LENGTH = 8
};

struct text text_of(const char *string) {
    return (struct text){string, strlen(string)};
}

bool text_equal(struct text a, struct text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

// ASCII alone: the locale has no say in a protocol.
static int text_lower(char c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool text_equal_ignoring_case(struct text a, struct text b) {
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (text_lower(a.data[i]) != text_lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

static bool text_is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct text text_trim(struct text text) {
    while (text.length > 0 && text_is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && text_is_blank(text.data[text.length - 1])) {
        text.length--;
    }
    return text;
}

// Splits off what stands before the first `separator`; false when there is none.
static bool text_split(struct text *rest, char separator, struct text *before) {
    const char *at = rest->length > 0 ? memchr(rest->data, separator, rest->length) : NULL;
    if (at == NULL) {
        return false;
    }
    *before = (struct text){rest->data, (size_t)(at - rest->data)};
    rest->data += before->length + 1;
    rest->length -= before->length + 1;
    return true;
}

size_t http_head_length(const char *bytes, size_t length, size_t seen) {
    size_t at = seen >= HTTP_END_LENGTH ? seen - (HTTP_END_LENGTH - 1) : 0;
    const char *end =
        length > at ? memmem(bytes + at, length - at, "\r\n\r\n", HTTP_END_LENGTH) : NULL;
    return end == NULL ? 0 : (size_t)(end - bytes) + HTTP_END_LENGTH;
}

bool http_is_token_character(char c) {
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool http_is_token(struct text text) {
    for (size_t i = 0; i < text.length; i++) {
        if (!http_is_token_character(text.data[i])) {
            return false;
        }
    }
    return text.length > 0;
}

static bool http_is_target(struct text text) {
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < 0x21 || text.data[i] > 0x7E) {
            return false;
        }
    }
    return text.length > 0;
}

static bool http_is_value(struct text text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

// Lines end with CR LF; a CR or LF alone stays in its line, where no grammar takes it.
static bool http_next_line(struct text *rest, struct text *line) {
    const char *end = rest->length > 0
                          ? memmem(rest->data, rest->length, HTTP_SEPARATOR, HTTP_SEPARATOR_LENGTH)
                          : NULL;
    if (end == NULL) {
        return false;
    }
    *line = (struct text){rest->data, (size_t)(end - rest->data)};
    rest->data += line->length + HTTP_SEPARATOR_LENGTH;
    rest->length -= line->length + HTTP_SEPARATOR_LENGTH;
    return true;
}

static bool http_is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool http_parse_version(struct text version, struct http_request *request) {
    const char *v = version.data;
    if (version.length != HTTP_VERSION_LENGTH || memcmp(v, "HTTP/", 5) != 0 ||
        !http_is_digit(v[5]) || v[6] != '.' || !http_is_digit(v[7])) {
        return false;
    }
    request->major = v[5] - '0';
    request->minor = v[7] - '0';
    return true;
}

static bool http_parse_request_line(struct text line, struct http_request *request) {
    return text_split(&line, ' ', &request->method) && text_split(&line, ' ', &request->target) &&
           http_is_token(request->method) && http_is_target(request->target) &&
           http_parse_version(line, request);
}

static bool http_parse_field(struct text line, struct text *name, struct text *value) {
    *value = line;
    if (!text_split(value, ':', name)) {
        return false;
    }
    *value = text_trim(*value);
    return true;
}

bool http_parse(struct text head, struct http_request *request) {
    struct text line;
    if (!http_next_line(&head, &line) || !http_parse_request_line(line, request)) {
        return false;
    }
    head.length -= head.length >= HTTP_SEPARATOR_LENGTH ? HTTP_SEPARATOR_LENGTH : 0;
    request->fields = head;
    while (http_next_line(&head, &line)) {
        struct text name;
        struct text value;
        if (!http_parse_field(line, &name, &value) || !http_is_token(name) ||
            !http_is_value(value)) {
            return false;
        }
    }
    return true;
}

bool http_next_value(struct text *rest, const char *name, struct text *value) {
    struct text line;
    while (http_next_line(rest, &line)) {
        struct text found;
        if (http_parse_field(line, &found, value) &&
            text_equal_ignoring_case(found, text_of(name))) {
            return true;
        }
    }
    return false;
}

size_t http_field(const struct http_request *request, const char *name, struct text *value) {
    struct text rest = request->fields;
    struct text next;
    size_t count = 0;
    *value = (struct text){NULL, 0};
    while (http_next_value(&rest, name, &next)) {
        if (count++ == 0) {
            *value = next;
        }
    }
    return count;
}

struct text http_join(const struct http_request *request, const char *name, char *joined) {
    struct text rest = request->fields;
    struct text value;
    size_t length = 0;
    while (http_next_value(&rest, name, &value)) {
        if (length > 0) {
            joined[length++] = ',';
        }
        memcpy(joined + length, value.data, value.length);
        length += value.length;
    }
    return (struct text){joined, length};
}

bool http_next_element(struct text *list, struct text *element) {
    while (list->length > 0) {
        if (!text_split(list, ',', element)) {
            *element = *list;
            list->length = 0;
        }
        *element = text_trim(*element);
        if (element->length > 0) {
            return true;
        }
    }
    return false;
}
