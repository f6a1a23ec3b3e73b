//! What runs against live servers. Beside the compiler: it reads clocks, sockets and `/proc`, and no stage of the compiler needs it.

#![allow(clippy::disallowed_methods, reason = "the lab looks at running programs")]

pub mod sockets;
