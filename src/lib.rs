//! specgen compiles a short spec of a network server into complete servers in C, Python, Node.js and Rust.
//!
//! The modules stand in the order in which a spec passes through them. All but `output::disk` and `output::single` are pure: from text to a map
//! of files.

pub mod backend;
pub mod check;
pub mod diagnostics;
pub mod lab;
pub mod model;
pub mod output;
pub mod plan;
pub mod source;
pub mod spec;
mod text;

use backend::OneFile;
use diagnostics::Diagnostic;
use model::{App, Model, Target};
use output::FileMap;
use source::Source;

pub use text::{disarmed, quote, suggest};

/// This specgen's version, as manifests record it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What reading and checking a spec gives.
#[derive(Debug)]
pub struct Analysis {
    /// The model, unless there are errors.
    pub model: Option<Model>,
    /// What the spec says, in a form that does not depend on its notation; manifests hold its hash.
    pub canonical: String,
    /// Errors and warnings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

impl Analysis {
    fn failed(problem: Diagnostic) -> Self {
        Self { model: None, canonical: String::new(), diagnostics: vec![problem] }
    }
}

/// Reads and checks a spec: text → tree → typed spec → model.
pub fn analyse(source: &Source) -> Analysis {
    let tree = match source.parse() {
        Ok(tree) => tree,
        Err(problem) => return Analysis::failed(problem),
    };
    // After this point: no notation.
    let (spec, mut diagnostics) = spec::decode(&tree);
    // After this point: every value has its type and is in bounds.
    diagnostics.extend(check::check(&spec));
    diagnostics::sort(&mut diagnostics);
    // After this point: nothing can be invalid.
    let model = diagnostics.iter().all(|problem| !problem.is_error()).then(|| model::lower(&spec));
    Analysis { model, canonical: spec.canonical(), diagnostics }
}

/// Generates one target of a model: its files, with the manifest.
pub fn generate(analysis: &Analysis, target: Target) -> Option<FileMap> {
    let model = analysis.model.as_ref()?;
    let plan = model.targets.iter().find(|plan| plan.target == target)?;
    let mut files = backend::of(target).generate(model, plan);
    files.seal(&analysis.canonical);
    Some(files)
}

/// Generates the C target of a model as one file of that name, stamped. Its app is not `custom`: handlers are the user's.
pub fn generate_one_file(analysis: &Analysis, name: &str) -> Option<OneFile> {
    let model = analysis.model.as_ref().filter(|model| model.app != App::Custom)?;
    let plan = model.targets.iter().find(|plan| plan.target == Target::C)?;
    let file = backend::one_file(model, plan, name);
    Some(OneFile { text: output::single::STAMP.on(&file.text), ..file })
}
