//! The I/O models. Each is one file that waits for events and calls a worker; what they share is
//! in [`socket`] and [`signals`].

mod epoll;
mod signals;
mod socket;

pub(crate) use epoll::run;
