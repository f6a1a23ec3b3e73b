//! What systems do each in their own way: one file a system, all with the same functions, but for
//! options that only one of them has.

#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(all(feature = "udp", any(target_os = "freebsd", target_os = "macos")))]
mod recvfrom;
#[cfg(unix)]
mod sockopt;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "freebsd")]
pub use freebsd::*;
#[cfg(target_os = "linux")]
pub use linux::*;
#[cfg(target_os = "macos")]
pub use macos::*;
#[cfg(all(feature = "udp", any(target_os = "freebsd", target_os = "macos")))]
pub use recvfrom::receive_from;
#[cfg(all(feature = "udp", target_os = "linux"))]
pub use sockopt::set;
#[cfg(unix)]
pub use sockopt::set_socket_receive_low_watermark;
#[cfg(windows)]
pub use windows::*;
