//! Generated Rust passes clippy and rustfmt, and its own smoke test.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use generated_tests::program::Target;
use generated_tests::{gates, paths, tools};

/// One target directory: what the programs depend on is built once.
fn cargo(arguments: &[&str], program: &Path) -> Result<Command> {
    let mut command = Command::new(tools::find("cargo")?);
    command.args(arguments).current_dir(program).env("CARGO_TARGET_DIR", paths::generated().join("cargo"));
    Ok(command)
}

#[test]
fn clippy() -> Result<()> {
    for program in gates::outputs(Target::Rust, "clippy")? {
        tools::run(&mut cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"], &program)?)?;
    }
    Ok(())
}

#[test]
fn rustfmt() -> Result<()> {
    for program in gates::outputs(Target::Rust, "rustfmt")? {
        tools::run(&mut cargo(&["fmt", "--check"], &program)?)?;
    }
    Ok(())
}

#[test]
fn smoke_tests() -> Result<()> {
    for program in gates::examples(Target::Rust, "smoke")? {
        tools::run(&mut cargo(&["test", "--quiet"], &program)?)?;
    }
    Ok(())
}
