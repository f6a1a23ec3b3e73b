//! Embeds the templates and the runtime crate's source, in the order of their paths.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What compilers, interpreters and checkers leave in a folder that templates are tried in.
const LEFTOVERS: [&str; 6] = ["build", "target", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut code = String::new();
    for (name, folder) in [
        ("C", "templates/c"),
        ("PYTHON", "templates/python"),
        ("NODEJS", "templates/nodejs"),
        ("RUST", "templates/rust"),
        ("RUNTIME", "runtime/src"),
    ] {
        println!("cargo::rerun-if-changed={folder}");
        let folder = root.join(folder);
        let mut files = Vec::new();
        collect(&folder, &mut files)?;
        files.sort();
        let _ = writeln!(code, "pub static {name}: &[(&str, &str)] = &[");
        for file in &files {
            let below = file.strip_prefix(&folder).map_err(io::Error::other)?;
            let _ = writeln!(code, "    ({:?}, include_str!({file:?})),", below.display().to_string());
        }
        code.push_str("];\n");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if LEFTOVERS.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
