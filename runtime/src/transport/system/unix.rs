//! What systems of the family of Unix do alike.

#[cfg(all(feature = "stream", feature = "polling"))]
mod poll;
#[cfg(all(feature = "udp", any(target_os = "freebsd", target_os = "macos")))]
mod recvfrom;
mod sockopt;
#[cfg(all(feature = "stream", feature = "readiness"))]
mod streams;

#[cfg(all(feature = "stream", feature = "polling"))]
pub use poll::*;
#[cfg(all(feature = "udp", any(target_os = "freebsd", target_os = "macos")))]
pub use recvfrom::receive_from;
#[cfg(any(feature = "stream", all(feature = "udp", target_os = "linux")))]
pub use sockopt::set;
pub use sockopt::set_socket_receive_low_watermark;
#[cfg(all(feature = "stream", feature = "readiness"))]
pub use streams::*;

use rustix::io::Errno;
use std::io;

/// Whether the process may not do what it tried.
pub fn is_denied(error: Errno) -> bool {
    matches!(error, Errno::ACCESS | Errno::PERM)
}

/// The words for an error, without its number.
pub fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
