//! From the arguments to specs: files, folders, standard input.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use specgen::diagnostics::{Diagnostic, codes};
use specgen::source::{MAX_BYTES, Notation, Source};

/// Reads every spec that the arguments name, in order; a problem stands in the place of a spec that cannot be read.
pub fn read_all(paths: &[PathBuf]) -> Vec<Result<Source, Diagnostic>> {
    paths.iter().flat_map(|path| expand(path)).map(|path| path.and_then(|path| read(&path))).collect()
}

fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    Diagnostic::new(&codes::UNREADABLE, format!("{}: {reason}", path.display()))
}

/// A folder stands for the specs directly inside of it.
fn expand(path: &Path) -> Vec<Result<PathBuf, Diagnostic>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let mut specs: Vec<PathBuf> = match fs::read_dir(path) {
        Ok(entries) => {
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| notation(path).is_some()).collect()
        }
        Err(error) => return vec![Err(unreadable(path, &error.to_string()))],
    };
    specs.sort();
    if specs.is_empty() {
        let problem = unreadable(path, "the folder holds no spec").help("specs end in .yaml, .yml or .kdl");
        return vec![Err(problem)];
    }
    specs.into_iter().map(Ok).collect()
}

fn notation(path: &Path) -> Option<Notation> {
    Notation::of_extension(path.extension()?.to_str()?)
}

fn read(path: &Path) -> Result<Source, Diagnostic> {
    if path == Path::new("-") {
        let bytes = read_limited(io::stdin().lock()).map_err(|error| unreadable(path, &error.to_string()))?;
        return Source::from_bytes("<stdin>", &bytes, None);
    }
    let found = fs::metadata(path).map_err(|error| missing(path, &error))?;
    if !found.is_file() {
        return Err(unreadable(path, "not a regular file"));
    }
    let Some(notation) = notation(path) else {
        return Err(unreadable(path, "the name ends in neither .yaml, .yml nor .kdl"));
    };
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let bytes = read_limited(file).map_err(|error| unreadable(path, &error.to_string()))?;
    Source::from_bytes(&path.display().to_string(), &bytes, Some(notation))
}

fn missing(path: &Path, error: &io::Error) -> Diagnostic {
    let problem = unreadable(path, &error.to_string());
    if error.kind() == io::ErrorKind::NotFound {
        return problem.help(format!("`specgen new --output {}` writes a spec to begin with", path.display()));
    }
    problem
}

/// One byte past the limit is enough to know that a spec is too large.
fn read_limited(input: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
