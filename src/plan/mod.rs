//! What is generated for a model and a target: the capability table, and the flags and values that templates are rendered with.

pub mod capability;
mod context;

pub use context::{Context, Literal, context};
