#include "protocol/extension.h"

#include "config.h"

#include <stdio.h>
#include <string.h>

enum {
    DEFLATE_SMALLEST_BITS = 8,
    DEFLATE_LARGEST_BITS = 15,
    DEFLATE_VALUE_MAX = 2
};

// A parameter as offered; a longer value than any valid one is cut, but keeps its length.
struct deflate_parameter {
    struct text name;
    bool has_value;
    char value[DEFLATE_VALUE_MAX];
    size_t value_length;
};

static bool extension_take(struct text *rest, char expected) {
    if (rest->length == 0 || rest->data[0] != expected) {
        return false;
    }
    rest->data++;
    rest->length--;
    return true;
}

static void extension_skip_blanks(struct text *rest) {
    while (extension_take(rest, ' ') || extension_take(rest, '\t')) {
    }
}

static struct text extension_take_token(struct text *rest) {
    struct text token = {rest->data, 0};
    while (token.length < rest->length && http_is_token_character(rest->data[token.length])) {
        token.length++;
    }
    rest->data += token.length;
    rest->length -= token.length;
    return token;
}

static void extension_push_value(struct deflate_parameter *parameter, char c) {
    if (parameter->value_length < DEFLATE_VALUE_MAX) {
        parameter->value[parameter->value_length] = c;
    }
    parameter->value_length++;
}

// The text of a quoted string whose opening quote was taken (RFC 9110 §5.6.4).
static bool extension_take_quoted(struct text *rest, struct deflate_parameter *parameter) {
    while (rest->length > 0 && !extension_take(rest, '"')) {
        if (extension_take(rest, '\\') && rest->length == 0) {
            return false;
        }
        extension_push_value(parameter, rest->data[0]);
        rest->data++;
        rest->length--;
        if (rest->length == 0) {
            return false;
        }
    }
    return true;
}

static bool extension_take_value(struct text *rest, struct deflate_parameter *parameter) {
    if (extension_take(rest, '"')) {
        return rest->length > 0 && extension_take_quoted(rest, parameter);
    }
    struct text token = extension_take_token(rest);
    for (size_t i = 0; i < token.length; i++) {
        extension_push_value(parameter, token.data[i]);
    }
    return token.length > 0;
}

static bool extension_take_parameter(struct text *rest, struct deflate_parameter *parameter) {
    *parameter = (struct deflate_parameter){.name = extension_take_token(rest)};
    if (parameter->name.length == 0) {
        return false;
    }
    parameter->has_value = extension_take(rest, '=');
    return !parameter->has_value || extension_take_value(rest, parameter);
}

// 8 to 15 without leading zeros, or 0.
static uint8_t extension_window_bits(const struct deflate_parameter *parameter) {
    const char *value = parameter->value;
    if (parameter->value_length == 1 && (value[0] == '8' || value[0] == '9')) {
        return (uint8_t)(value[0] - '0');
    }
    if (parameter->value_length == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5') {
        return (uint8_t)(10 + value[1] - '0');
    }
    return 0;
}

static bool extension_accept_flag(const struct deflate_parameter *parameter, bool *flag) {
    if (*flag || parameter->has_value) {
        return false;
    }
    *flag = true;
    return true;
}

static bool extension_accept_bits(const struct deflate_parameter *parameter, uint8_t *bits) {
    if (*bits != 0) {
        return false;
    }
    *bits = extension_window_bits(parameter);
    return *bits != 0;
}

// Adds a parameter to what the offer asks for; window bits of 0 stand for "not offered".
static bool extension_accept(const struct deflate_parameter *parameter,
                             struct deflate_terms *offer) {
    if (text_equal(parameter->name, text_of("server_no_context_takeover"))) {
        return extension_accept_flag(parameter, &offer->server_no_context_takeover);
    }
    if (text_equal(parameter->name, text_of("client_no_context_takeover"))) {
        return extension_accept_flag(parameter, &offer->client_no_context_takeover);
    }
    if (text_equal(parameter->name, text_of("server_max_window_bits"))) {
        return extension_accept_bits(parameter, &offer->server_bits);
    }
    if (text_equal(parameter->name, text_of("client_max_window_bits"))) {
        if (offer->client_bits_offered) {
            return false;
        }
        offer->client_bits_offered = true;
        return !parameter->has_value || extension_accept_bits(parameter, &offer->client_bits);
    }
    return false;
}

static bool extension_parse_offer(struct text element, struct deflate_terms *offer) {
    struct text *rest = &element;
    struct text name = extension_take_token(rest);
    bool acceptable = text_equal(name, text_of("permessage-deflate"));
    extension_skip_blanks(rest);
    while (extension_take(rest, ';')) {
        struct deflate_parameter parameter;
        extension_skip_blanks(rest);
        if (!extension_take_parameter(rest, &parameter)) {
            return false;
        }
        acceptable = acceptable && extension_accept(&parameter, offer);
        extension_skip_blanks(rest);
    }
    return acceptable && rest->length == 0;
}

// The length of the first element: up to the first comma outside of quotes.
static size_t extension_element_length(struct text list) {
    bool quoted = false;
    for (size_t i = 0; i < list.length; i++) {
        if (list.data[i] == '"') {
            quoted = !quoted;
        } else if (quoted && list.data[i] == '\\') {
            i++;
        } else if (!quoted && list.data[i] == ',') {
            return i;
        }
    }
    return list.length;
}

static uint8_t extension_smaller_bits(int configured, uint8_t offered) {
    return offered != 0 && offered < configured ? offered : (uint8_t)configured;
}

// What is in effect when the offer is accepted.
static struct deflate_terms extension_settle(struct deflate_terms offer) {
    offer.negotiated = true;
    //% if not server_takeover
    offer.server_no_context_takeover = true;
    //% endif
    //% if not client_takeover
    offer.client_no_context_takeover = true;
    //% endif
    offer.server_bits_offered = offer.server_bits != 0;
    offer.server_bits = extension_smaller_bits(CONFIG_SERVER_MAX_WINDOW_BITS, offer.server_bits);
    offer.client_bits =
        offer.client_bits_offered
            ? extension_smaller_bits(CONFIG_CLIENT_MAX_WINDOW_BITS, offer.client_bits)
            : DEFLATE_LARGEST_BITS;
    return offer;
}

struct deflate_terms extension_negotiate(struct text offers) {
    while (offers.length > 0) {
        struct text element = {offers.data, extension_element_length(offers)};
        struct deflate_terms offer = {0};
        offers.data += element.length;
        offers.length -= element.length;
        extension_take(&offers, ',');
        if (extension_parse_offer(text_trim(element), &offer)) {
            return extension_settle(offer);
        }
    }
    return (struct deflate_terms){0};
}

static void extension_append_bits(char *answer, const char *name, uint8_t bits) {
    size_t length = strlen(answer);
    (void)snprintf(answer + length, DEFLATE_ANSWER_MAX - length, "; %s=%u", name, bits);
}

void extension_answer(const struct deflate_terms *terms, char answer[DEFLATE_ANSWER_MAX]) {
    (void)snprintf(answer, DEFLATE_ANSWER_MAX, "permessage-deflate%s%s",
                   terms->server_no_context_takeover ? "; server_no_context_takeover" : "",
                   terms->client_no_context_takeover ? "; client_no_context_takeover" : "");
    // RFC 7692 §7.1.2.1: a client that asked for it must find it in the answer.
    if (terms->server_bits_offered || terms->server_bits < DEFLATE_LARGEST_BITS) {
        extension_append_bits(answer, "server_max_window_bits", terms->server_bits);
    }
    if (terms->client_bits_offered && terms->client_bits < DEFLATE_LARGEST_BITS) {
        extension_append_bits(answer, "client_max_window_bits", terms->client_bits);
    }
}
