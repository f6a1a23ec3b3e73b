//! An output that is one file.

use std::fs;
use std::io;
use std::path::Path;

use super::disk::Change;
use super::stamp::{Stamp, Stamped};
use crate::diagnostics::{Diagnostic, codes};

/// How a file begins that is a whole program.
pub const STAMP: Stamp = Stamp("// Written by `specgen build`: ");

/// What a build would do to the file; nothing where it is as it is to be. With `force`, whatever file is there counts as specgen's.
///
/// # Errors
/// Why it may not be written.
pub fn compare(place: &Path, text: &str, force: bool) -> Result<Option<Change>, Diagnostic> {
    match fs::symlink_metadata(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Change::Create)),
        Err(error) => return Err(unusable(place, &error)),
        Ok(found) if found.is_symlink() => return Err(link(place)),
        Ok(found) if !found.is_file() => return Err(unusable(place, &io::Error::other("not a file"))),
        Ok(_) => {}
    }
    let found = fs::read(place).map_err(|error| unusable(place, &error))?;
    if found == text.as_bytes() {
        return Ok(None);
    }
    match STAMP.judge(&found) {
        Stamped::Edited if !force => Err(edited(place)),
        Stamped::Foreign if !force => Err(foreign(place)),
        _ => Ok(Some(Change::Update)),
    }
}

fn edited(place: &Path) -> Diagnostic {
    Diagnostic::new(&codes::EDITED, format!("{} was edited by hand", place.display()))
        .help("move the change into the spec, or build with --force to replace the file")
}

fn foreign(place: &Path) -> Diagnostic {
    Diagnostic::new(&codes::IN_THE_WAY, format!("{} is not specgen's", place.display()))
        .help("move it away, name another file with -o, or build with --force to replace the file")
}

fn link(place: &Path) -> Diagnostic {
    Diagnostic::new(&codes::OUTSIDE, format!("{} is a symbolic link", place.display()))
        .help("remove it, or name the file it leads to with -o")
}

/// The file could not be read or written.
pub fn unusable(place: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(&codes::CANNOT_WRITE, format!("{}: {error}", place.display()))
        .help("nothing was changed; make the folder writable, or name another file with -o")
}
