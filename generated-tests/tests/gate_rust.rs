//! Generated Rust passes clippy and rustfmt, and its own smoke test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use generated_tests::program::Target;
use generated_tests::{gates, paths, tools};

/// One target directory: what the programs depend on is built once.
fn cargo(arguments: &[&str], program: &Path) -> Result<Command> {
    let mut command = Command::new(tools::find("cargo")?);
    command.args(arguments).current_dir(program).env("CARGO_TARGET_DIR", paths::generated().join("cargo"));
    command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    // Clippy looks for its configuration in the folders above, too: specgen's own is not for programs.
    command.env("CLIPPY_CONF_DIR", paths::root().join("runtime"));
    Ok(command)
}

/// Other platforms than this, as a spec names them, and what `--target` takes for them.
const SYSTEMS: [(&str, &[&str]); 3] = [
    ("macos", &["x86_64-apple-darwin", "aarch64-apple-darwin"]),
    ("freebsd", &["x86_64-unknown-freebsd"]),
    ("windows", &["x86_64-pc-windows-gnu"]),
];

#[test]
fn clippy() -> Result<()> {
    for program in gates::outputs(Target::Rust, "clippy")? {
        tools::run(&mut cargo(&["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"], &program)?)?;
    }
    Ok(())
}

/// What is for other systems, too, is compiled for each, for their processors in turn: nothing is linked.
#[test]
fn clippy_on_other_systems() -> Result<()> {
    for (platform, triples) in SYSTEMS {
        let programs = gates::for_platform(Target::Rust, platform, platform)?;
        for (program, triple) in programs.into_iter().zip(triples.iter().cycle()) {
            let clippy = ["clippy", "--quiet", "--all-targets", "--target", triple, "--", "-D", "warnings"];
            // ring has parts in C, for which there is no compiler here, nor a need.
            tools::run(cargo(&clippy, &program)?.env("CC", "true").env("AR", "true"))?;
        }
    }
    Ok(())
}

#[test]
fn rustfmt() -> Result<()> {
    for program in gates::all_outputs(Target::Rust, "rustfmt")? {
        tools::run(&mut cargo(&["fmt", "--check"], &program)?)?;
    }
    Ok(())
}

#[test]
fn smoke_tests() -> Result<()> {
    for program in gates::tried(Target::Rust, "smoke")? {
        tools::run(&mut cargo(&["test", "--quiet"], &program)?)?;
    }
    Ok(())
}

/// Folders of the templates, named after flags, that lie over what all programs have: with every one of these the whole is a program.
const VARIANTS: [&[&str]; 3] = [&["tls", "websocket"], &["bytes", "tcp", "tls"], &["bytes", "udp"]];

/// Every feature that the configuration as it stands has something for.
const FEATURES: [&str; 12] = [
    "auth",
    "compression",
    "epoll",
    "health",
    "health-port",
    "linux-options",
    "metrics-page",
    "metrics-port",
    "tcp",
    "tls12",
    "udp",
    "websocket",
];

/// The templates as they stand, with the manifest of an output and the whole runtime crate. Of the apps that stand side by side only the last
/// is served, so the others are unused.
#[test]
fn the_templates_as_they_stand() -> Result<()> {
    let output = gates::tried(Target::Rust, "stands")?.into_iter().next().context("no example")?;
    let manifest = std::fs::read_to_string(output.join("Cargo.toml"))?;
    for folders in VARIANTS {
        let template = template(folders)?;
        let runtime = paths::root().join("runtime");
        let lines = manifest.lines().map(|line| match line.split(" = ").next() {
            Some("name") => "name = \"server\"\n".to_owned(),
            Some("specgen-runtime") => format!("specgen-runtime = {{ path = {runtime:?}, features = {FEATURES:?} }}\n"),
            _ => format!("{line}\n"),
        });
        std::fs::write(template.join("Cargo.toml"), lines.collect::<String>() + &dev_dependencies()?)?;
        tools::run(&mut cargo(&["fmt", "--check"], &template)?)?;
        let lints = ["clippy", "--quiet", "--all-targets", "--", "-D", "warnings", "-A", "unused_variables"];
        tools::run(&mut cargo(&lints, &template)?)?;
    }
    Ok(())
}

/// What the tests of some programs stand on, by the template of the manifest.
fn dev_dependencies() -> Result<String> {
    let manifest = std::fs::read_to_string(paths::root().join("templates/rust/Cargo.toml"))?;
    let (_, behind) = manifest.split_once("[dev-dependencies]").context("no dev-dependencies")?;
    let (section, _) = behind.split_once("{% endif %}").context("no end")?;
    Ok(format!("\n[dev-dependencies]{section}"))
}

/// A copy of what all programs have, and of the folders over it.
fn template(folders: &[&str]) -> Result<PathBuf> {
    let from = paths::root().join("templates/rust");
    let copy = paths::generated().join(format!("template-rust-{}", folders.join("-")));
    let _ = std::fs::remove_dir_all(&copy);
    for common in ["src", "tests"] {
        gates::copy_folder(&from.join(common), &copy.join(common))?;
    }
    for folder in folders {
        gates::copy_folder(&from.join(folder), &copy)?;
    }
    std::fs::copy(from.join("rustfmt.toml"), copy.join("rustfmt.toml"))?;
    Ok(copy)
}
