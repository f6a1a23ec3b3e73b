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
pub fn build(folder: &Path, name: &str) -> Result<(PathBuf, Vec<OsString>)> {
    let compiler = tools::find("x86_64-w64-mingw32-gcc")?;
    let mut make = Command::new(tools::find("make")?);
    make.args(["-s", "all"]).arg(format!("CC={}", compiler.display()));
    tools::run(make.current_dir(folder))?;
    let program = folder.join("build").join(format!("{name}.exe"));
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
