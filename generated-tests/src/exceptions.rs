//! The one list of what a language does not have yet, so that tests of it are left out there. specgen says the same when it is asked for it.

use crate::program::Target;
use crate::variant::Variant;

/// What tests ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Several workers of a udp server that knows its peers.
    WorkersOfDatagrams,
    /// An alert to a client whose certificate is not of `tls.client_ca`.
    AlertsToStrangers,
}

/// Whether `target` lacks it.
#[must_use]
pub fn lacks(target: Target, subject: Subject) -> bool {
    match subject {
        // Its workers share one socket: a peer's datagrams cannot be given to the one that knows it.
        Subject::WorkersOfDatagrams => target == Target::NodeJs,
        // Its TLS judges a certificate when the handshake is over, and can only close the connection then.
        Subject::AlertsToStrangers => target == Target::NodeJs,
    }
}

/// Whether `variant` has several workers and its target lacks those of udp servers.
#[must_use]
pub fn lacks_workers_of_datagrams(variant: Variant) -> bool {
    variant.workers > 1 && lacks(variant.target, Subject::WorkersOfDatagrams)
}

/// Whether `variant` closes connections that came when there were no descriptors left.
#[must_use]
pub fn turns_away_without_descriptors(variant: Variant) -> bool {
    match variant.target {
        // libuv accepts and closes what it has no descriptor for.
        Target::NodeJs => true,
        // A thread's own descriptors come after the connection's.
        Target::C => variant.model == "threads",
        Target::Python | Target::Rust => false,
    }
}
