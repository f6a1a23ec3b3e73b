//! What makes a worker look up from its sockets.

#[cfg(target_os = "linux")]
mod eventfd;
#[cfg(not(target_os = "linux"))]
mod pair;

#[cfg(target_os = "linux")]
pub use eventfd::Bell;
#[cfg(not(target_os = "linux"))]
pub use pair::Bell;
