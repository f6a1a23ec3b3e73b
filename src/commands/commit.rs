//! The last step of a build, in a process of its own: it is short, and a signal that ends the build must not end it half-way.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use specgen::output::disk;

use super::Outcome;

/// The hidden command's name.
pub const NAME: &str = "commit-stage";

/// Put a sealed stage in place (internal)
#[derive(Debug, clap::Args)]
pub struct Arguments {
    stage: PathBuf,
}

pub fn run(arguments: &Arguments) -> Outcome {
    match disk::commit_here(&arguments.stage) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            eprintln!("{error}");
            Outcome::Environment
        }
    }
}

/// Runs the command above on a stage; where no process can be started, this one does the work.
pub fn commit(stage: &Path) -> io::Result<()> {
    let Ok(program) = std::env::current_exe() else { return disk::commit_here(stage) };
    let mut command = Command::new(program);
    command.arg(NAME).arg(stage).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A process group of its own: the terminal's Ctrl-C does not reach it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let Ok(child) = command.spawn() else { return disk::commit_here(stage) };
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}
