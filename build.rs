//! Embeds the templates and the runtime crate's source, in the order of their paths.

#![allow(clippy::disallowed_methods, reason = "embeds the templates")]

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
    runtime(&root, &mut code)?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), code)
}

/// The runtime crate as it is vendored: without its tests.
fn runtime(root: &Path, code: &mut String) -> io::Result<()> {
    println!("cargo::rerun-if-changed=runtime");
    let folder = root.join("runtime");
    let mut files = Vec::new();
    collect(&folder.join("src"), &mut files)?;
    files.retain(|file| !file.to_string_lossy().ends_with("tests.rs"));
    files.sort();
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    let (manifest, _) = manifest.split_once("\n[dev-dependencies]").unwrap_or((&manifest, ""));
    let _ = writeln!(code, "pub static RUNTIME: &[(&str, &str)] = &[\n    (\"Cargo.toml\", {manifest:?}),");
    let formatter = fs::read_to_string(folder.join("rustfmt.toml"))?;
    let _ = writeln!(code, "    (\"rustfmt.toml\", {formatter:?}),");
    for file in &files {
        let below = file.strip_prefix(&folder).map_err(io::Error::other)?;
        let text = without_tests(&fs::read_to_string(file)?);
        let _ = writeln!(code, "    ({:?}, {text:?}),", below.display().to_string());
    }
    code.push_str("];\n");
    Ok(())
}

/// Drops every item under `#[cfg(test)]`: a module's declaration, or its body up to the brace in the first column.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let item = lines.by_ref().find(|line| !line.starts_with("#[")).unwrap_or_default();
        if item.ends_with('{') {
            let _ = lines.by_ref().find(|line| *line == "}");
        }
        // The blank line that set the item apart goes with it.
        while kept.ends_with("\n\n") {
            kept.pop();
        }
    }
    kept
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
