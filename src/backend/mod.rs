//! From the model to files, one module a language.

mod c;
mod condition;
mod embedded;
mod imports;
mod literal;
mod nodejs;
mod one_file;
mod python;
mod runtime;
mod rust;
mod template;

use crate::model::{Model, Target, TargetPlan};
use crate::output::FileMap;

pub use one_file::OneFile;

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

/// The C target of a model as one file of that name, which compiles alone. Whoever calls sees to it that no file of it is the user's.
pub fn one_file(model: &Model, plan: &TargetPlan, name: &str) -> OneFile {
    one_file::generate(model, plan, &of(Target::C).generate(model, plan), name)
}
