//! Where things lie in the project.

use std::path::{Path, PathBuf};

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = here.canonicalize().unwrap_or_else(|_| here.to_path_buf());
    here.parent().map_or(here.clone(), Path::to_path_buf)
}

/// Cargo's target directory.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Outputs of `specgen build` and what toolchains make of them.
#[must_use]
pub fn generated() -> PathBuf {
    target().join("generated")
}

/// Tools installed for the tests alone: never in the user's home, gone with `cargo clean`.
#[must_use]
pub fn tools() -> PathBuf {
    root().join("target/tools")
}

/// A spec of the laboratory's own, by its name.
#[must_use]
pub fn lab_spec(name: &str) -> PathBuf {
    root().join("generated-tests/specs").join(format!("{name}.yaml"))
}

/// A client program under `clients/`.
#[must_use]
pub fn client(file: &str) -> PathBuf {
    root().join("generated-tests/clients").join(file)
}

/// All specs of a folder, sorted by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn specs_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut specs = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "kdl") {
            specs.push(path);
        }
    }
    specs.sort();
    Ok(specs)
}
