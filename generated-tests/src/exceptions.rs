//! The one list of what a language does not have yet, so that tests of it are left out there. specgen says the same when it is asked for it.

use crate::program::Target;

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
