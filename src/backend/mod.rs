//! From the model to files, one module a language.

mod c;
mod condition;
mod embedded;
mod literal;
mod nodejs;
mod python;
mod runtime;
mod rust;
mod template;

use crate::model::{Model, Target, TargetPlan};
use crate::output::FileMap;

/// A language's generator.
pub trait Backend: Sync {
    /// Every file of the program, without the manifest.
    fn generate(&self, model: &Model, plan: &TargetPlan) -> FileMap;
}

/// The generator of a target.
pub fn of(target: Target) -> &'static dyn Backend {
    match target {
        Target::C => &c::C,
        Target::Python => &python::Python,
        Target::Nodejs => &nodejs::Nodejs,
        Target::Rust => &rust::Rust,
    }
}
