//! Datagrams: one socket a worker, and no connections. An I/O model is one file, an implementation
//! of [`Wait`](wait::Wait), and a line here.

mod batch;
#[cfg(all(feature = "epoll", target_os = "linux"))]
mod epoll;
#[cfg(feature = "tokio")]
mod input;
mod interface;
#[cfg(feature = "io-uring")]
mod io_uring;
#[cfg(all(feature = "kqueue", any(target_os = "freebsd", target_os = "macos")))]
mod kqueue;
mod multicast;
#[cfg(any(feature = "polling", all(feature = "iocp", windows)))]
mod poll;
mod socket;
#[cfg(feature = "tokio")]
mod tokio;
mod wait;
mod worker;

#[cfg(any(feature = "epoll", feature = "kqueue"))]
#[cfg(unix)]
use crate::server::Trigger;
use crate::server::{BytesHandler, Model, Start};

/// Serves with the model that the configuration names, until a signal comes.
///
/// # Errors
/// One line that says why the server cannot start, and what to do.
pub fn run<H: BytesHandler + Send + 'static>(start: &Start, app: H) -> Result<(), String> {
    match start.config.io.model {
        #[cfg(all(feature = "epoll", target_os = "linux"))]
        Model::Epoll(Trigger::Level) => worker::run::<H, epoll::Epoll<false>>(start, app),
        #[cfg(all(feature = "epoll", target_os = "linux"))]
        Model::Epoll(Trigger::Edge) => worker::run::<H, epoll::Epoll<true>>(start, app),
        #[cfg(all(feature = "kqueue", any(target_os = "freebsd", target_os = "macos")))]
        Model::Kqueue(Trigger::Level) => worker::run::<H, kqueue::Kqueue<false>>(start, app),
        #[cfg(all(feature = "kqueue", any(target_os = "freebsd", target_os = "macos")))]
        Model::Kqueue(Trigger::Edge) => worker::run::<H, kqueue::Kqueue<true>>(start, app),
        #[cfg(feature = "blocking")]
        Model::Blocking => worker::run::<H, poll::Poll>(start, app),
        #[cfg(all(feature = "iocp", windows))]
        Model::Iocp => worker::run::<H, poll::Poll>(start, app),
        #[cfg(feature = "poll")]
        Model::Poll => worker::run::<H, poll::Poll>(start, app),
        #[cfg(feature = "threads")]
        Model::Threads => worker::run::<H, poll::Poll>(start, app),
        #[cfg(feature = "io-uring")]
        Model::IoUring => worker::run::<H, io_uring::IoUring>(start, app),
        #[cfg(feature = "tokio")]
        Model::Tokio => worker::run::<H, tokio::Tokio>(start, app),
    }
}
