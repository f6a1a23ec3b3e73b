// The transport's answers to what sessions ask.
#include "protocol/host.h"

#include "transport/connection.h"
//% if broadcast or custom
#include "transport/worker.h"
//% endif

const char *host_peer(const struct session *session) {
    return ((const struct connection *)session)->peer;
}
//% if broadcast or custom

struct session *host_next_session(const struct session_context *context,
                                  const struct session *previous) {
    const struct connection *after = (const struct connection *)previous;
    struct connection *next =
        after != NULL ? after->next : ((const struct worker *)context)->connections;
    return next != NULL ? &next->session : NULL;
}
//% endif
