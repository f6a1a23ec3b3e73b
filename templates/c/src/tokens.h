// The tokens that clients may show, read once at start.
#ifndef TOKENS_H
#define TOKENS_H

#include "protocol/bearer.h"

#include <stdbool.h>

// False after a line on standard error that says what to do; tokens_free() is due in any case.
bool tokens_read(struct bearer_tokens *tokens);
void tokens_free(struct bearer_tokens *tokens);

#endif
