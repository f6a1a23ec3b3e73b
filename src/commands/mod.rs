//! One file a command.

mod bench;
mod build;
mod check;
mod commit;
mod conform;
mod explain;
mod input;
mod interrupt;
mod launch;
mod new;
mod prepare;
mod report;
mod run;
mod server;
mod sockets;
mod targets;
mod task;
mod test;
mod whole;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done.
    Done,
    /// The answer is no: an invalid spec, a difference.
    No,
    /// The command line makes no sense.
    Usage,
    /// The machine lacks something: a tool, permission, space.
    Environment,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// What a command prints its result as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Compiles a short spec of a network server into complete servers in C, Python, Node.js and Rust.
#[derive(Debug, Parser)]
#[command(name = "specgen", version, about, max_term_width = 100)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Build(build::Arguments),
    Check(check::Arguments),
    Run(run::Arguments),
    Test(test::Arguments),
    Bench(bench::Arguments),
    Conform(conform::Arguments),
    Sockets(sockets::Arguments),
    Targets(targets::Arguments),
    Task(task::Arguments),
    Explain(explain::Arguments),
    #[command(name = commit::NAME, hide = true)]
    Commit(commit::Arguments),
}

impl CommandLine {
    /// Carries the command out.
    pub fn run(self) -> Outcome {
        match self.command {
            Command::New(arguments) => new::run(&arguments),
            Command::Build(arguments) => build::run(&arguments),
            Command::Check(arguments) => check::run(&arguments),
            Command::Run(arguments) => run::run(&arguments),
            Command::Test(arguments) => test::run(&arguments),
            Command::Bench(arguments) => bench::run(&arguments),
            Command::Conform(arguments) => conform::run(&arguments),
            Command::Sockets(arguments) => sockets::run(&arguments),
            Command::Targets(arguments) => targets::run(&arguments),
            Command::Task(arguments) => task::run(&arguments),
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Commit(arguments) => commit::run(&arguments),
        }
    }
}
