//! Load on servers that echo: how many messages they answer, how fast, and at what cost.
//!
//! The load is open-loop unless asked otherwise: messages are due at times that were set beforehand, and a latency counts
//! from the time at which its message was due. A server that stops for a second is seen to stop for a second by all
//! messages of that second, not by the one that happened to be under way. `docs/bench.md` says what the figures mean.

mod crew;
mod figures;
mod files;
mod line;
mod messages;
mod plan;
mod process;
mod record;
pub mod report;
mod run;
mod sample;
mod schedule;
mod sleep;
mod target;
mod versus;
mod worker;

pub use figures::{
    ConnectFigures, Counted, Latency, LoadFigures, Measured, Percentile, Point, Process, ProcessFigures, Report,
    ServerFigures,
};
pub use files::raise_limit;
pub use plan::{Load, Plan, Server};
pub use run::{Observer, View, run};
pub use sample::{Counts, Times};
pub use target::Look;
pub use versus::{Comparison, Ratio};
