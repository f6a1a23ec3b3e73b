//! The command line.

#![allow(clippy::disallowed_methods, reason = "the commands are where files are read")]

mod commands;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    commands::CommandLine::parse().run().into()
}
