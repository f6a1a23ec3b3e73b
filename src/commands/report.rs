//! Diagnostics on their way out.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};
use specgen::diagnostics::{Diagnostic, Renderer, to_json};
use specgen::source::Source;

use super::{Format, Outcome};

/// What warnings are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Deny {
    /// Errors.
    Warnings,
}

/// Nobody reads more in one go; JSON reports hold all of them.
const MOST_SHOWN: usize = 200;

/// Collects what a command has to say.
pub struct Report {
    format: Format,
    /// Also said as text where the format is JSON.
    aloud: bool,
    deny_warnings: bool,
    renderer: Renderer,
    collected: Vec<Value>,
    errors: usize,
    warnings: usize,
}

impl Report {
    /// A report in that format.
    pub fn new(format: Format, deny: Option<Deny>) -> Self {
        Self {
            format,
            aloud: format == Format::Text,
            deny_warnings: deny == Some(Deny::Warnings),
            renderer: Renderer::new(io::stderr().is_terminal()),
            collected: Vec::new(),
            errors: 0,
            warnings: 0,
        }
    }

    /// A report that people read on standard error in any format: the command's result is something else.
    pub fn aloud(format: Format) -> Self {
        Self { aloud: true, ..Self::new(format, None) }
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Says it now (text) or in the end (JSON).
    pub fn add(&mut self, diagnostic: &Diagnostic, source: Option<&Source>) {
        if diagnostic.is_error() {
            self.errors += 1;
        } else {
            self.warnings += 1;
        }
        if self.aloud && self.errors + self.warnings <= MOST_SHOWN {
            let _ = writeln!(io::stderr(), "{}", self.renderer.render(diagnostic, source));
        }
        if self.format == Format::Json {
            self.collected.push(to_json(diagnostic, source));
        }
    }

    /// Adds all of them.
    pub fn add_all(&mut self, diagnostics: &[Diagnostic], source: Option<&Source>) {
        for diagnostic in diagnostics {
            self.add(diagnostic, source);
        }
    }

    /// Whether there was anything that stops.
    pub fn failed(&self) -> bool {
        self.errors > 0 || (self.deny_warnings && self.warnings > 0)
    }

    /// The diagnostics as JSON.
    pub fn json(&self) -> Value {
        Value::Array(self.collected.clone())
    }

    /// Prints that an operation failed before it began, where programs read that.
    pub fn print_failure(&self, operation: &str, target: &str) {
        if self.format == Format::Json {
            let findings: Vec<&Value> = self.collected.iter().map(|one| &one["message"]).collect();
            let help = |one: &'_ Value| one["help"].as_array().cloned().unwrap_or_default();
            let failure = json!({
                "operation": operation,
                "target": target,
                "status": "failure",
                "findings": findings,
                "recommendations": self.collected.iter().flat_map(help).collect::<Vec<_>>(),
                "diagnostics": self.json(),
            });
            print(&format!("{failure:#}\n"));
        }
    }

    /// The closing line on standard error, and the outcome.
    pub fn finish(&self) -> Outcome {
        if self.aloud && self.errors + self.warnings > 0 {
            let _ = writeln!(io::stderr(), "{}", self.summary());
        }
        if self.failed() { Outcome::No } else { Outcome::Done }
    }

    fn summary(&self) -> String {
        let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let denied = if self.deny_warnings && self.warnings > 0 { " (denied)" } else { "" };
        let shown = if self.errors + self.warnings > MOST_SHOWN {
            format!("; the first {MOST_SHOWN} stand above, --format json reports all")
        } else {
            String::new()
        };
        match (self.errors, self.warnings) {
            (errors, 0) => count(errors, "error") + &shown,
            (0, warnings) => count(warnings, "warning") + denied + &shown,
            (errors, warnings) => {
                format!("{}, {}{denied}{shown}", count(errors, "error"), count(warnings, "warning"))
            }
        }
    }
}

/// Prints to standard output; a closed pipe is nobody's fault.
pub fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
