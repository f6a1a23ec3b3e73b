//! Network interfaces by their names, and by their addresses.

#[cfg(windows)]
mod adapters;
#[cfg(any(target_os = "freebsd", target_os = "macos"))]
mod ifaddrs;
#[cfg(target_os = "linux")]
mod proc;

#[cfg(windows)]
pub use adapters::{of_address, of_name, v4_of_name};
#[cfg(any(target_os = "freebsd", target_os = "macos"))]
pub use ifaddrs::{of_address, of_name};
#[cfg(target_os = "linux")]
pub use proc::{of_address, of_name};
