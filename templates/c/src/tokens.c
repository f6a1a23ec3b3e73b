#include "tokens.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
//% if tokens_file

enum {
    TOKENS_ROOM = 4096 // for the file's text at first, in bytes
};
//% endif

static bool tokens_fail(const char *what, const char *name, int error, const char *advice) {
    (void)fprintf(stderr, "error: %s %s: %s; %s\n", what, name, strerror(error), advice);
    return false;
}

// The token's characters stay where they are.
static bool tokens_add(struct bearer_tokens *tokens, const char *data, size_t length) {
    struct text *list = realloc(tokens->list, (tokens->count + 1) * sizeof *list);
    if (list == NULL) {
        return false;
    }
    tokens->list = list;
    tokens->list[tokens->count++] = (struct text){data, length};
    return true;
}
//% if tokens_file

static struct text tokens_trim(const char *line, size_t length) {
    static const char blank[] = " \t\r\n\v\f";
    while (length > 0 && memchr(blank, line[length - 1], sizeof blank - 1) != NULL) {
        length--;
    }
    while (length > 0 && memchr(blank, *line, sizeof blank - 1) != NULL) {
        line++;
        length--;
    }
    return (struct text){line, length};
}

static bool tokens_add_lines(struct bearer_tokens *tokens) {
    const char *rest = tokens->text;
    while (*rest != '\0') {
        size_t length = strcspn(rest, "\n");
        struct text token = tokens_trim(rest, length);
        bool counts = token.length > 0 && *token.data != '#';
        if (counts && !tokens_add(tokens, token.data, token.length)) {
            return false;
        }
        rest += rest[length] == '\n' ? length + 1 : length;
    }
    return true;
}

// The whole file, with a NUL behind it.
static bool tokens_read_text(struct bearer_tokens *tokens, FILE *file) {
    size_t length = 0;
    for (size_t room = TOKENS_ROOM; feof(file) == 0; room *= 2) {
        char *text = realloc(tokens->text, room);
        if (text == NULL) {
            return false;
        }
        tokens->text = text;
        length += fread(text + length, 1, room - length - 1, file);
        text[length] = '\0';
        if (ferror(file) != 0) {
            return false;
        }
    }
    return true;
}

static bool tokens_read_file(struct bearer_tokens *tokens) {
    static const char advice[] = "name a file of tokens, one a line";
    FILE *file = fopen(CONFIG_TOKENS_FILE, "rb");
    if (file == NULL) {
        return tokens_fail("auth.tokens_file", CONFIG_TOKENS_FILE, errno, advice);
    }
    bool good = tokens_read_text(tokens, file) && tokens_add_lines(tokens);
    int error = errno;
    (void)fclose(file);
    return good || tokens_fail("auth.tokens_file", CONFIG_TOKENS_FILE, error, advice);
}
//% endif
//% if tokens_variable

static bool tokens_read_variable(struct bearer_tokens *tokens) {
    const char *rest = getenv(CONFIG_TOKENS_VARIABLE);
    while (rest != NULL && *rest != '\0') {
        size_t length = strcspn(rest, ",");
        if (length > 0 && !tokens_add(tokens, rest, length)) {
            return tokens_fail("the variable", CONFIG_TOKENS_VARIABLE, ENOMEM, "free memory");
        }
        rest += rest[length] == ',' ? length + 1 : length;
    }
    return true;
}
//% endif

static bool tokens_are_there(const struct bearer_tokens *tokens) {
    if (tokens->count > 0) {
        return true;
    }
    (void)fprintf(stderr, "error: no token to accept; write tokens");
    //% if tokens_file
    (void)fprintf(stderr, " into %s", CONFIG_TOKENS_FILE);
    //% endif
    //% if tokens_file and tokens_variable
    (void)fprintf(stderr, " or");
    //% endif
    //% if tokens_variable
    (void)fprintf(stderr, " into the variable %s", CONFIG_TOKENS_VARIABLE);
    //% endif
    (void)fprintf(stderr, "\n");
    return false;
}

bool tokens_read(struct bearer_tokens *tokens) {
    //% if tokens_file
    if (!tokens_read_file(tokens)) {
        return false;
    }
    //% endif
    //% if tokens_variable
    if (!tokens_read_variable(tokens)) {
        return false;
    }
    //% endif
    return tokens_are_there(tokens);
}

void tokens_free(struct bearer_tokens *tokens) {
    free(tokens->list);
    //% if tokens_file
    free(tokens->text);
    //% endif
}
