// What a session asks of the program around it; the transport answers.
#ifndef HOST_H
#define HOST_H

#include <stddef.h>
#include <stdint.h>

struct session;
struct session_context;

enum report {
    REPORT_REFUSED,
    REPORT_OPENED,
    REPORT_FAILED,
    REPORT_HANDLER_FAILED,
};

// Queues bytes in two parts, each written from where it lies if it can be.
void host_send(struct session *session, const uint8_t *head, size_t head_length,
               const uint8_t *body, size_t body_length);

// What was queued is complete: a good place to judge how much of it is unsent.
void host_sent(struct session *session);

// The session ended: its connection closes once everything is written.
void host_end(struct session *session);

void host_report(const struct session *session, enum report report, const char *text);

// The peer's address.
const char *host_peer(const struct session *session);
//% if broadcast or custom

// Steps through the sessions of a context; NULL begins and ends.
struct session *host_next_session(const struct session_context *context,
                                  const struct session *previous);
//% endif

#endif
