//! Programs for Windows, made by a cross compiler and run under wine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::{paths, tools};

/// Builds a generated C server for Windows: what runs it, and the arguments.
///
/// # Errors
/// When a tool is missing or fails.
pub fn build_c(folder: &Path, name: &str) -> Result<(PathBuf, Vec<OsString>)> {
    let compiler = tools::find("x86_64-w64-mingw32-gcc")?;
    let mut make = Command::new(tools::find("make")?);
    // The cross compiler takes its time; the gates have it optimize.
    make.args(["-s", "-j2", "all", "CFLAGS=-O0"]).arg(format!("CC={}", compiler.display()));
    tools::run(make.current_dir(folder))?;
    started_by_wine(folder.join("build").join(format!("{name}.exe")))
}

/// Builds a generated Rust server for Windows: what runs it, and the arguments. All share one target directory.
///
/// # Errors
/// When a tool is missing or fails.
pub fn build_rust(folder: &Path, name: &str) -> Result<(PathBuf, Vec<OsString>)> {
    let shared = paths::generated().join("cargo");
    let mut cargo = Command::new(tools::find("cargo")?);
    cargo.args(["build", "--quiet", "--target", RUST_TARGET]).current_dir(folder).env("CARGO_TARGET_DIR", &shared);
    cargo.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    tools::run(&mut cargo)?;
    let built = shared.join(RUST_TARGET).join("debug");
    random_numbers(&built)?;
    started_by_wine(built.join(format!("{name}.exe")))
}

const RUST_TARGET: &str = "x86_64-pc-windows-gnu";

/// Rust's standard library takes them from a library that not every wine has.
fn random_numbers(folder: &Path) -> Result<()> {
    let library = folder.join("bcryptprimitives.dll");
    if library.is_file() {
        return Ok(());
    }
    let draft = folder.join(format!("bcryptprimitives.{}", std::process::id()));
    let mut compiler = Command::new(tools::find("x86_64-w64-mingw32-gcc")?);
    compiler.args(["-shared", "-O2", "-o"]).arg(&draft);
    compiler.arg(paths::root().join("generated-tests/stubs/bcryptprimitives.c")).arg("-ladvapi32");
    tools::run(&mut compiler)?;
    std::fs::rename(draft, library)?;
    Ok(())
}

fn started_by_wine(program: PathBuf) -> Result<(PathBuf, Vec<OsString>)> {
    let wine = tools::wine()?;
    warm_up(&wine, &program)?;
    Ok((wine, vec![program.into()]))
}

/// What wine has to be told.
pub fn prepare(command: &mut Command) {
    command.env("WINEPREFIX", paths::generated().join("wine")).env("WINEARCH", "win64").env("WINEDEBUG", "-all");
}

/// The first start of all makes wine's folder, which takes longer than a server may.
fn warm_up(wine: &Path, program: &Path) -> Result<()> {
    std::fs::create_dir_all(paths::generated().join("wine"))?;
    let mut command = Command::new(wine);
    prepare(&mut command);
    let output = command.arg(program).env("PORT", "none").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said.contains("error: PORT: \"none\" is not a port"), "a wrong port was answered with {said:?}");
    Ok(())
}
