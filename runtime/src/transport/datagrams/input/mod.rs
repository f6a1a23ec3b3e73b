//! What tokio tells of what there is to receive.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::Input;
#[cfg(windows)]
pub use windows::Input;
