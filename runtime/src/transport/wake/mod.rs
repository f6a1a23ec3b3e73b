//! What makes a worker look up from its sockets.

#[cfg(all(feature = "stream", target_os = "linux"))]
mod eventfd;
#[cfg(all(windows, any(feature = "udp", not(feature = "iocp"))))]
mod loopback;
#[cfg(all(feature = "stream", any(target_os = "freebsd", target_os = "macos")))]
mod pair;
#[cfg(all(windows, feature = "stream", feature = "iocp"))]
mod port;

#[cfg(all(feature = "stream", target_os = "linux"))]
pub use eventfd::Bell;
#[cfg(all(windows, any(feature = "udp", not(feature = "iocp"))))]
pub use loopback::Bell;
#[cfg(all(feature = "stream", any(target_os = "freebsd", target_os = "macos")))]
pub use pair::Bell;
#[cfg(all(windows, feature = "stream", feature = "iocp"))]
pub use port::Bell;
