// The opening handshake (RFC 6455 §4.2).
#include "app/app.h"
#include "config.h"
//% if metrics
#include "metrics.h"
//% endif
#include "protocol/base64.h"
#include "protocol/host.h"
#include "protocol/http.h"
#include "protocol/internal.h"
#include "protocol/sha1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HANDSHAKE_KEY_LENGTH = 24,
    HANDSHAKE_KEY_DIGITS = 22,
    HANDSHAKE_LINE_MAX = 512,
    //% if services_here
    HANDSHAKE_OK = 200,
    //% endif
};

struct refusal {
    unsigned status;
    const char *phrase;
    const char *body;
    const char *fields;
};

//% if health_here
static const struct refusal HEALTHY = {HANDSHAKE_OK, "OK", "ok", ""};
//% endif
//% if metrics_here
static const struct refusal MEASURED = {HANDSHAKE_OK, "OK", NULL, ""}; // its body is made anew
//% endif
static const struct refusal REFUSED_MALFORMED = {400, "Bad Request", "malformed request", ""};
static const struct refusal REFUSED_OLD = {400, "Bad Request", "HTTP/1.1 required", ""};
static const struct refusal REFUSED_HOST = {400, "Bad Request", "one valid Host field required",
                                            ""};
static const struct refusal REFUSED_BODY = {400, "Bad Request", "request body not allowed", ""};
static const struct refusal REFUSED_KEY = {400, "Bad Request", "invalid Sec-WebSocket-Key", ""};
//% if require_subprotocol
static const struct refusal REFUSED_SUBPROTOCOL = {400, "Bad Request", "no common subprotocol", ""};
//% endif
//% if auth
static const struct refusal REFUSED_TOKEN = {401, "Unauthorized", "token required",
                                             "WWW-Authenticate: Bearer\r\n"};
//% endif
//% if origins
static const struct refusal REFUSED_ORIGIN = {403, "Forbidden", "origin not allowed", ""};
//% endif
static const struct refusal REFUSED_PATH = {404, "Not Found", "no such resource", ""};
static const struct refusal REFUSED_METHOD = {405, "Method Not Allowed", "only GET is allowed",
                                              "Allow: GET\r\n"};
static const struct refusal REFUSED_SLOW = {408, "Request Timeout", "handshake took too long", ""};
static const struct refusal REFUSED_NO_UPGRADE = {
    426, "Upgrade Required", "websocket upgrade required", "Upgrade: websocket\r\n"};
static const struct refusal REFUSED_VERSION = {
    426, "Upgrade Required", "websocket version 13 required",
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"};
//% if per_client
static const struct refusal REFUSED_CLIENT = {429, "Too Many Requests",
                                              "too many connections from this address", ""};
//% endif
static const struct refusal REFUSED_LARGE = {431, "Request Header Fields Too Large",
                                             "request head too large", ""};
static const struct refusal REFUSED_FULL = {503, "Service Unavailable", "too many connections",
                                            "Retry-After: 5\r\n"};
static const struct refusal REFUSED_NEW = {505, "HTTP Version Not Supported", "HTTP/1.1 required",
                                           ""};

static void handshake_send(struct session *session, const char *string) {
    host_send(session, (const uint8_t *)string, strlen(string), NULL, 0);
}

static void handshake_refuse(struct session *session, const struct refusal *refusal) {
    char line[HANDSHAKE_LINE_MAX];
    (void)snprintf(line, sizeof line,
                   "HTTP/1.1 %u %s\r\nConnection: close\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n%s\r\n%s\n",
                   refusal->status, refusal->phrase, strlen(refusal->body) + 1, refusal->fields,
                   refusal->body);
    //% if services_here
    if (refusal->status != HANDSHAKE_OK) {
        host_report(session, REPORT_REFUSED, refusal->status, refusal->body);
    }
    //% endif
    //% if not services_here
    host_report(session, REPORT_REFUSED, refusal->status, refusal->body);
    //% endif
    handshake_send(session, line);
    session_end(session, CLOSE_ABNORMAL, "", 0);
}

//% if metrics_here
static void handshake_send_metrics(struct session *session) {
    size_t length = 0;
    char *text = metrics_text(&length);
    if (text == NULL) {
        handshake_refuse(session, &REFUSED_FULL);
        return;
    }
    char head[HANDSHAKE_LINE_MAX];
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                   "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   length);
    handshake_send(session, head);
    handshake_send(session, text);
    free(text);
    session_end(session, CLOSE_ABNORMAL, "", 0);
}

//% endif
void handshake_expire(struct session *session) {
    handshake_refuse(session, &REFUSED_SLOW);
}

static bool handshake_is_host(struct text host) {
    for (size_t i = 0; i < host.length; i++) {
        char c = host.data[i];
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alphanumeric && strchr("-._~!$&'()*+,;=:[]%", c) == NULL) {
            return false;
        }
    }
    return true;
}

static bool handshake_has_body(const struct http_request *request) {
    struct text value;
    if (http_field(request, "Transfer-Encoding", &value) > 0) {
        return true;
    }
    struct text rest = request->fields;
    while (http_next_value(&rest, "Content-Length", &value)) {
        if (!text_equal(value, text_of("0"))) {
            return true;
        }
    }
    return false;
}

// Skips scheme and authority of the absolute form (RFC 9112 §3.2.2); false if there is no scheme.
static bool handshake_skip_authority(struct text *target) {
    static const char *const schemes[] = {"http://", "https://", "ws://", "wss://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct text scheme = text_of(schemes[i]);
        struct text start = {target->data, scheme.length};
        if (target->length >= scheme.length && text_equal_ignoring_case(start, scheme)) {
            size_t at = scheme.length;
            while (at < target->length && target->data[at] != '/' && target->data[at] != '?') {
                at++;
            }
            *target = (struct text){target->data + at, target->length - at};
            return true;
        }
    }
    return false;
}

//% if not any_path or services_here
// Without the query (RFC 3986 §3.4).
static struct text handshake_path(struct text target) {
    const char *query = target.length > 0 ? memchr(target.data, '?', target.length) : NULL;
    if (query != NULL) {
        target.length = (size_t)(query - target.data);
    }
    return target.length > 0 ? target : text_of("/");
}

//% endif
static bool handshake_is_served(struct text target) {
    if (target.data[0] != '/' && !handshake_skip_authority(&target)) {
        return false;
    }
    //% if not any_path
    return text_equal(handshake_path(target), text_of(CONFIG_PATH));
    //% endif
    //% if any_path
    return true;
    //% endif
}

static const struct refusal *handshake_judge_request(const struct http_request *request) {
    struct text host;
    if (request->major >= 2) {
        return &REFUSED_NEW;
    }
    if (request->major == 0 || request->minor == 0) {
        return &REFUSED_OLD;
    }
    if (http_field(request, "Host", &host) != 1 || !handshake_is_host(host)) {
        return &REFUSED_HOST;
    }
    if (handshake_has_body(request)) {
        return &REFUSED_BODY;
    }
    if (!text_equal(request->method, text_of("GET"))) {
        return &REFUSED_METHOD;
    }
    return handshake_is_served(request->target) ? NULL : &REFUSED_PATH;
}

static bool handshake_lists(const struct http_request *request, const char *field,
                            const char *wanted, char *scratch) {
    struct text list = http_join(request, field, scratch);
    struct text element;
    while (http_next_element(&list, &element)) {
        if (text_equal_ignoring_case(element, text_of(wanted))) {
            return true;
        }
    }
    return false;
}

//% if services_here

// Such a request is no WebSocket's, and judged where a wrong path would be.
static bool handshake_asks_for(const char *path, const struct http_request *request,
                               char *scratch) {
    struct text target = request->target;
    return (target.data[0] == '/' || handshake_skip_authority(&target)) &&
           text_equal(handshake_path(target), text_of(path)) &&
           !handshake_lists(request, "Upgrade", "websocket", scratch);
}

static const struct refusal *handshake_find_service(const struct refusal *refusal,
                                                    const struct http_request *request,
                                                    char *scratch) {
    if (refusal != NULL && refusal != &REFUSED_PATH) {
        return refusal;
    }
    //% if health_here
    if (handshake_asks_for(CONFIG_HEALTH_PATH, request, scratch)) {
        return &HEALTHY;
    }
    //% endif
    //% if metrics_here
    if (handshake_asks_for(CONFIG_METRICS_PATH, request, scratch)) {
        return &MEASURED;
    }
    //% endif
    return refusal;
}
//% endif

// 16 bytes in base64 (RFC 6455 §4.1), their unused bits aside.
static bool handshake_is_key(struct text key) {
    if (key.length != HANDSHAKE_KEY_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < HANDSHAKE_KEY_DIGITS; i++) {
        if (!base64_is_character(key.data[i])) {
            return false;
        }
    }
    return key.data[HANDSHAKE_KEY_DIGITS] == '=' && key.data[HANDSHAKE_KEY_DIGITS + 1] == '=';
}

static const struct refusal *handshake_judge_upgrade(const struct http_request *request,
                                                     struct text *key, char *scratch) {
    struct text version;
    if (!handshake_lists(request, "Upgrade", "websocket", scratch) ||
        !handshake_lists(request, "Connection", "upgrade", scratch)) {
        return &REFUSED_NO_UPGRADE;
    }
    if (http_field(request, "Sec-WebSocket-Version", &version) != 1 ||
        !text_equal(version, text_of("13"))) {
        return &REFUSED_VERSION;
    }
    if (http_field(request, "Sec-WebSocket-Key", key) != 1 || !handshake_is_key(*key)) {
        return &REFUSED_KEY;
    }
    return NULL;
}
//% if origins

static bool handshake_is_origin_allowed(const struct http_request *request) {
    struct text origin;
    size_t count = http_field(request, "Origin", &origin);
    for (size_t i = 0; count == 1 && i < sizeof CONFIG_ORIGINS / sizeof *CONFIG_ORIGINS; i++) {
        if (text_equal(origin, text_of(CONFIG_ORIGINS[i]))) {
            return true;
        }
    }
    return count == 0;
}
//% endif

static const struct refusal *handshake_judge_admission(struct session *session) {
    switch (host_admit(session)) {
    //% if per_client
    case ADMISSION_CLIENT_FULL:
        return &REFUSED_CLIENT;
    //% endif
    case ADMISSION_FULL:
        return &REFUSED_FULL;
    default:
        return NULL;
    }
}
//% if subprotocols

// The server's order decides (RFC 6455 §4.2.2).
static const char *handshake_choose_subprotocol(const struct http_request *request, char *scratch) {
    struct text offered = http_join(request, "Sec-WebSocket-Protocol", scratch);
    //% if auth
    struct text token;
    if (bearer_is_subprotocol(request)) {
        (void)http_next_element(&offered, &token);
    }
    //% endif
    for (size_t i = 0; i < sizeof CONFIG_SUBPROTOCOLS / sizeof *CONFIG_SUBPROTOCOLS; i++) {
        struct text list = offered;
        struct text element;
        while (http_next_element(&list, &element)) {
            if (text_equal(element, text_of(CONFIG_SUBPROTOCOLS[i]))) {
                return CONFIG_SUBPROTOCOLS[i];
            }
        }
    }
    return NULL;
}
//% endif

static void handshake_send_accept_key(struct session *session, struct text key) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char joined[HANDSHAKE_KEY_LENGTH + sizeof guid - 1];
    memcpy(joined, key.data, HANDSHAKE_KEY_LENGTH);
    memcpy(joined + HANDSHAKE_KEY_LENGTH, guid, sizeof guid - 1);
    uint8_t digest[SHA1_SIZE];
    sha1((const uint8_t *)joined, sizeof joined, digest);
    char accept[BASE64_LENGTH(SHA1_SIZE) + 1] = {0};
    base64_encode(digest, sizeof digest, accept);
    handshake_send(session, accept);
}

static void handshake_accept(struct session *session, struct text key) {
    handshake_send(session, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
    handshake_send_accept_key(session, key);
    //% if subprotocols
    if (session->subprotocol != NULL) {
        handshake_send(session, "\r\nSec-WebSocket-Protocol: ");
        handshake_send(session, session->subprotocol);
    }
    //% endif
    //% if compression
    if (session->deflate.negotiated) {
        char answer[DEFLATE_ANSWER_MAX];
        extension_answer(&session->deflate, answer);
        handshake_send(session, "\r\nSec-WebSocket-Extensions: ");
        handshake_send(session, answer);
    }
    //% endif
    handshake_send(session, "\r\n\r\n");
    host_report(session, REPORT_OPENED, 0, "");
    //% if metrics
    metrics_observe(METRICS_HANDSHAKE, session->started_at);
    //% endif
}

static const struct refusal *handshake_judge(struct session *session,
                                             const struct http_request *request, struct text *key,
                                             char *scratch) {
    const struct refusal *refusal = handshake_judge_request(request);
    //% if services_here
    refusal = handshake_find_service(refusal, request, scratch);
    //% endif
    if (refusal == NULL) {
        refusal = handshake_judge_upgrade(request, key, scratch);
    }
    //% if origins
    if (refusal == NULL && !handshake_is_origin_allowed(request)) {
        refusal = &REFUSED_ORIGIN;
    }
    //% endif
    //% if auth
    if (refusal == NULL && !bearer_is_accepted(session->context->tokens, request, scratch)) {
        refusal = &REFUSED_TOKEN;
    }
    //% endif
    if (refusal == NULL) {
        refusal = handshake_judge_admission(session);
    }
    //% if subprotocols
    session->subprotocol = handshake_choose_subprotocol(request, scratch);
    //% endif
    //% if require_subprotocol
    if (refusal == NULL && session->subprotocol == NULL) {
        host_dismiss(session);
        refusal = &REFUSED_SUBPROTOCOL;
    }
    //% endif
    return refusal;
}

static void handshake_open(struct session *session) {
    session_enter(session, SESSION_OPEN);
    session->app_open = true;
    if (app_open(session) != 0) {
        session_handler_failed(session, "the open handler failed");
    }
}

static void handshake_answer(struct session *session, const char *head, size_t length) {
    struct http_request request;
    struct text key = {0};
    char *scratch = malloc(length);
    const struct refusal *refusal = &REFUSED_FULL;
    if (scratch != NULL) {
        refusal = http_parse((struct text){head, length}, &request)
                      ? handshake_judge(session, &request, &key, scratch)
                      : &REFUSED_MALFORMED;
    }
    //% if metrics_here
    if (refusal == &MEASURED) {
        handshake_send_metrics(session);
        free(scratch);
        return;
    }
    //% endif
    if (refusal != NULL) {
        handshake_refuse(session, refusal);
    } else {
        //% if compression
        if (session->context->compression) {
            session->deflate =
                extension_negotiate(http_join(&request, "Sec-WebSocket-Extensions", scratch));
        }
        //% endif
        handshake_accept(session, key);
    }
    free(scratch);
}

// The length of the complete head, with the empty line that may precede it (RFC 9112 §2.2), or 0.
static size_t handshake_complete(const uint8_t *bytes, size_t length, size_t seen, size_t *start) {
    *start = length >= 2 && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 0;
    size_t head = http_head_length((const char *)bytes + *start, length - *start,
                                   seen > *start ? seen - *start : 0);
    return head > 0 ? *start + head : 0;
}

size_t handshake_receive(struct session *session, const uint8_t *bytes, size_t length) {
    size_t seen = session->kept.length;
    size_t room = CONFIG_HANDSHAKE_LIMIT - seen;
    size_t taken = length < room ? length : room;
    const uint8_t *head = bytes;
    if (seen > 0) {
        session_keep(session, bytes, taken);
        head = session->kept.data;
    }
    if (session->state != SESSION_HANDSHAKE) {
        return length;
    }
    size_t start;
    size_t end = handshake_complete(head, seen + taken, seen, &start);
    if (end > 0) {
        handshake_answer(session, (const char *)head + start, end - start);
        buffer_free(&session->kept);
        if (session->state == SESSION_HANDSHAKE) {
            handshake_open(session);
        }
        return end - seen;
    }
    if (taken == room) {
        handshake_refuse(session, &REFUSED_LARGE);
    } else if (seen == 0) {
        session_keep(session, bytes, taken);
    }
    return taken;
}
