//! Generated Rust passes clippy and rustfmt, and its own smoke test.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
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

/// The template as it stands, with the manifest and the runtime crate of an output. Of the apps that stand side by side only the last
/// is served, so the others are unused.
#[test]
fn the_template_as_it_stands() -> Result<()> {
    let template = gates::template(Target::Rust, "stands")?;
    let (output, manifest) = gates::examples(Target::Rust, "stands")?
        .into_iter()
        .filter_map(|output| Some((std::fs::read_to_string(output.join("Cargo.toml")).ok()?, output)))
        .find_map(|(manifest, output)| manifest.contains("\"compression\"").then_some((output, manifest)))
        .context("no example with compression")?;
    let named = manifest.lines().map(|line| if line.starts_with("name =") { "name = \"server\"" } else { line });
    std::fs::write(template.join("Cargo.toml"), named.map(|line| format!("{line}\n")).collect::<String>())?;
    gates::copy_folder(&output.join("vendor"), &template.join("vendor"))?;
    tools::run(&mut cargo(&["fmt", "--check"], &template)?)?;
    let lints = ["clippy", "--quiet", "--all-targets", "--", "-D", "warnings", "-A", "unused_variables"];
    tools::run(&mut cargo(&lints, &template)?)?;
    Ok(())
}
