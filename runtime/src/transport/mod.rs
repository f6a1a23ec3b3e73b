//! The I/O models. Each is one file that waits for events and calls a worker; what they share is
//! in [`socket`] and [`signals`].

mod epoll;
mod listener;
mod options;
mod signals;
mod socket;
mod sockopt;

pub(crate) use epoll::run;
