// What a session asks of the program around it; the transport answers.
#ifndef HOST_H
#define HOST_H

#include "protocol/admission.h"

#include <stddef.h>
#include <stdint.h>

struct session;
struct session_context;

enum report {
    REPORT_REFUSED, // number: HTTP status
    REPORT_OPENED,
    REPORT_FAILED, // number: close code
    REPORT_HANDLER_FAILED,
};

// Queues bytes in two parts; `head` is copied at once, `body` is written from where it lies if it
// can be.
void host_send(struct session *session, const uint8_t *head, size_t head_length,
               const uint8_t *body, size_t body_length);

// What was queued is complete: a good place to judge how much of it is unsent.
void host_sent(struct session *session);

// Counts the session as open until its connection is closed, if one more may be.
enum admission host_admit(struct session *session);
//% if require_subprotocol
// It is not to be open after all.
void host_dismiss(struct session *session);
//% endif

void host_report(struct session *session, enum report report, unsigned number, const char *text);

// The peer's address.
const char *host_peer(const struct session *session);
//% if broadcast or custom

// Steps through the sessions of a context; NULL begins and ends.
struct session *host_next_session(const struct session_context *context,
                                  const struct session *previous);
//% endif

#endif
