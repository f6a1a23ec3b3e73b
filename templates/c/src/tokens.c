#include "tokens.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool tokens_fail(const char *what, const char *name, int error, const char *advice) {
    (void)fprintf(stderr, "error: %s %s: %s; %s\n", what, name, strerror(error), advice);
    return false;
}

static bool tokens_add(struct bearer_tokens *tokens, const char *data, size_t length) {
    struct text *list = realloc(tokens->list, (tokens->count + 1) * sizeof *list);
    if (list == NULL) {
        return false;
    }
    tokens->list = list;
    char *copy = malloc(length);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, data, length);
    struct text *token = &tokens->list[tokens->count++];
    token->data = copy;
    token->length = length;
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

static bool tokens_read_lines(struct bearer_tokens *tokens, FILE *file) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool good = true;
    while (good && (length = getline(&line, &room, file)) >= 0) {
        struct text token = tokens_trim(line, (size_t)length);
        if (token.length > 0 && *token.data != '#') {
            good = tokens_add(tokens, token.data, token.length);
        }
    }
    free(line);
    return good && ferror(file) == 0;
}

static bool tokens_read_file(struct bearer_tokens *tokens) {
    static const char advice[] = "name a file of tokens, one a line";
    FILE *file = fopen(CONFIG_TOKENS_FILE, "re");
    if (file == NULL) {
        return tokens_fail("auth.tokens_file", CONFIG_TOKENS_FILE, errno, advice);
    }
    bool good = tokens_read_lines(tokens, file);
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
    while (tokens->count > 0) {
        free((char *)tokens->list[--tokens->count].data);
    }
    free(tokens->list);
}
