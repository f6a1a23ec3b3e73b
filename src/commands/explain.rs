use specgen::diagnostics::codes;

use super::Outcome;
use super::report::print;

/// Explain a diagnostic's code: its cause and what to do
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// For example SG201; without one, all codes are listed
    code: Option<String>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let Some(id) = &arguments.code else {
        for code in codes::ALL {
            print(&format!("{}  {}\n", code.id, code.title));
        }
        return Outcome::Done;
    };
    match codes::find(id) {
        Some(code) => {
            print(&format!("{}: {}\n\n{}\n", code.id, code.title, code.explanation));
            Outcome::Done
        }
        None => {
            eprintln!("error: there is no code {}; `specgen explain` lists all", specgen::quote(id));
            Outcome::Usage
        }
    }
}
