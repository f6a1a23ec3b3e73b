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

/// Tests that say nothing about a server for Windows under wine, by suite and name (`*`: all of the suite), each with the reason.
const NOT_ON_WINDOWS: &[(&str, &str, &str)] = &[
    ("autobahn", "*", "no results are kept of what wine runs"),
    ("handlers", "*", "the tests' handlers are built for this system"),
    ("process", "short_of_file_descriptors", "wine holds the sockets itself, in a process of its own"),
    ("process", "waiting_peers_are_served", "likewise"),
    ("sockets", "dual_stack", "wine holds the sockets itself, in a network of its own"),
    ("sockets", "v6_only", "likewise"),
    ("sockets", "cork_does_not_hold_back", "Windows has no such option"),
    ("sockets", "option_refused", "likewise"),
    ("sockets", "options_of_streams", "Windows has only some of these options"),
    ("sockets", "options_of_udp", "likewise"),
    ("sockets", "unix_socket", "unix sockets are not available there"),
    ("sockets", "unix_socket_in_the_way", "likewise"),
    ("sockets", "unix_socket_of_tcp", "likewise"),
    ("tls", "reload", "Windows has no SIGHUP"),
];

/// Likewise, of what is written in C.
const NOT_IN_C_ON_WINDOWS: &[(&str, &str, &str)] = &[
    ("backpressure", "broadcast_reaches_the_others", "the cross compiler has no zlib"),
    ("clients", "*", "likewise"),
    ("differential", "deflate", "likewise"),
    ("differential", "fresh", "likewise"),
    ("services", "no_tokens", "likewise"),
    ("services", "tokens_of_the_environment", "likewise"),
    ("timing", "heartbeat_from_the_environment", "likewise"),
    ("timing", "heartbeat_is_quiet_while_data_comes", "likewise"),
    ("timing", "heartbeat_pings_and_goes_on", "likewise"),
    ("timing", "heartbeat_times_out", "likewise"),
    ("tls", "*", "TLS is not available there yet"),
];

/// Why the test is left out for a server for Windows, if it is.
#[must_use]
pub fn not_on_windows(target: Target, suite: &str, test: &str) -> Option<&'static str> {
    let own = if target == Target::C { NOT_IN_C_ON_WINDOWS } else { &[] };
    let is_it = |(of, name, _): &&(&str, &str, &str)| *of == suite && (*name == "*" || *name == test);
    NOT_ON_WINDOWS.iter().chain(own).find(is_it).map(|(_, _, reason)| *reason)
}
