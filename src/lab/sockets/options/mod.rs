//! Options of sockets: which there are, what a spec wants of them, and how the two compare.

mod candidates;
mod comparison;
mod examine;
mod expectation;
mod kind;
mod option;
mod place;

pub use candidates::Which;
pub use comparison::{Reading, Verdict};
pub use examine::{Examined, OptionsReport, Request, Spec, options};
pub use expectation::{Expectation, Server, Wanted};
pub use kind::{Family, Kind, Role, Transport};
pub use option::{Scope, SocketOption, Unit, Value};
