//! A server that looks at WebSocket clients, case by case.
//!
//! Its addresses are those of the Autobahn suite's fuzzing server, so that a client that was written for that one runs unchanged:
//! `/getCaseCount`, `/getCaseInfo?case=N`, `/runCase?case=N&agent=A`, `/getCaseStatus?case=N&agent=A`, `/updateReports?agent=A`.
//! Groups 1 to 13 have its numbers and judge as it does; those above are our own.

mod acceptance;
mod agents;
mod answer;
pub mod case;
pub mod cases;
mod gate;
mod order;
mod probe;
mod refusal;
pub mod report;
mod request;
mod rule;
mod running;
mod visit;

pub use agents::{Agent, Ran};
pub use running::Running;
