//! Network interfaces by their names, and by their addresses.

#[cfg(not(target_os = "linux"))]
mod ifaddrs;
#[cfg(target_os = "linux")]
mod proc;

#[cfg(not(target_os = "linux"))]
pub use ifaddrs::{of_address, of_name};
#[cfg(target_os = "linux")]
pub use proc::{of_address, of_name};
