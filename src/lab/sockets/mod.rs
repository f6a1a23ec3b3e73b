//! Sockets of running programs: their states, queues and options, what is wrong with them, and what to do about it.
//!
//! Everything here is data; [`text`] has the tables. What asks the kernel is in one module a system, `system` in this one.

pub mod address;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
mod finding;
mod limits;
#[cfg(target_os = "linux")]
mod linux;
pub mod options;
mod report;
mod rules;
mod serving;
mod socket;
mod state;
pub mod text;

#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

pub use finding::{Finding, Rule, Weight};
pub use limits::Limits;
pub use report::{ConnectionsReport, Filter, StateCount, StatesReport, connections, states};
pub use serving::serving;
pub use socket::{Memory, Metrics, Owner, Protocol, Queues, Socket, Timer, TimerKind};
pub use state::State;
