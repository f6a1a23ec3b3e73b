//! The one list of what a language does not have yet, so that tests of it are left out there. specgen says the same when it is asked for it.

use crate::program::Target;
use crate::variant::Variant;

/// What tests ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An alert to a client whose certificate is not of `tls.client_ca`.
    AlertsToStrangers,
}

/// Whether `target` lacks it.
#[must_use]
pub fn lacks(target: Target, subject: Subject) -> bool {
    match subject {
        // Its TLS judges a certificate when the handshake is over, and can only close the connection then.
        Subject::AlertsToStrangers => target == Target::NodeJs,
    }
}

/// Whether specgen does not generate yet, for what `variant` runs on, what the tests of a file are about.
#[must_use]
pub fn is_not_yet(variant: Variant, file: &str) -> bool {
    // SG301 names the same.
    variant.target == Target::Rust && !variant.signals() && matches!(file, "tls" | "udp" | "udp_reliability")
}

/// Whether `variant` runs where the number of a process's descriptors can be limited.
#[must_use]
pub fn has_limited_descriptors(variant: Variant) -> bool {
    // Under wine the limit would be that of wine's own files.
    variant.signals()
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
