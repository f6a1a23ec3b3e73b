//! What makes a worker look up from its sockets.

#[cfg(target_os = "linux")]
mod eventfd;
#[cfg(not(any(target_os = "linux", windows)))]
mod pair;
#[cfg(windows)]
mod port;

#[cfg(target_os = "linux")]
pub use eventfd::Bell;
#[cfg(not(any(target_os = "linux", windows)))]
pub use pair::Bell;
#[cfg(windows)]
pub use port::Bell;
