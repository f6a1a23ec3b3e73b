//! C programs that are one file each; those with handlers are none.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::{KINDS, platforms, run_all, runs_here, specs};
use crate::paths;
use crate::program::{self, Target};

/// All that run here.
///
/// # Errors
/// When `specgen` fails.
pub fn here(purpose: &str) -> Result<Vec<PathBuf>> {
    generated(purpose, runs_here)
}

/// The feature specs and examples of these names.
///
/// # Errors
/// When `specgen` fails.
pub fn named(names: &[&str], purpose: &str) -> Result<Vec<PathBuf>> {
    generated(purpose, |_, name| names.contains(&name))
}

/// Those whose specs name the platform.
///
/// # Errors
/// When `specgen` fails.
pub fn for_platform(platform: &str) -> Result<Vec<PathBuf>> {
    generated(platform, |text, _| platforms(text).is_some_and(|names| names.contains(platform)))
}

fn generated(purpose: &str, wanted: impl Fn(&str, &str) -> bool) -> Result<Vec<PathBuf>> {
    let folder = paths::generated().join(format!("gate-one-file-{purpose}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(paths::root().join("templates/c/.clang-format"), folder.join(".clang-format"))?;
    let specgen = program::specgen()?;
    let (mut files, mut commands) = (vec![], vec![]);
    for spec in specs(&KINDS, Target::C, |text, name| !has_handlers(text) && wanted(text, name))? {
        let file = folder.join(spec.strip_prefix(paths::root())?).with_extension("c");
        let mut command = Command::new(&specgen);
        command.arg("build").arg(&spec).arg("-o").arg(&file);
        commands.push(command);
        files.push(file);
    }
    ensure!(!files.is_empty(), "no specs");
    run_all(commands)?;
    Ok(files)
}

fn has_handlers(text: &str) -> bool {
    ["\napp: custom", "\napp: {kind: custom", "\n  kind: custom"].iter().any(|app| text.contains(app))
}
