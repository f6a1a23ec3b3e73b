//! Documents that come from the code, or whose words must be true.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_reference_of_fields_is_the_schemas() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec.md");
    let text = specgen::spec::reference();
    if std::env::var_os("SPECGEN_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), text, "write it anew with SPECGEN_UPDATE=1");
}

/// What stands in the README's block that begins so, without the fence.
fn block<'a>(readme: &'a str, beginning: &str) -> &'a str {
    let start = readme.find(beginning).unwrap();
    readme[start..].split("\n```").next().unwrap()
}

#[test]
fn the_tour_of_the_readme_is_what_is_printed() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spec = block(&readme, "specgen: 1\n");
    fs::write(folder.path().join("server.yaml"), format!("{spec}\n")).unwrap();
    let command = "$ specgen build server.yaml -o out\n";
    let shown = block(&readme, command).strip_prefix(command).unwrap();
    let (shown, _) = shown.split_once("\n$ ").unwrap();
    let mut specgen = Command::new(env!("CARGO_BIN_EXE_specgen"));
    let output = specgen.args(["build", "server.yaml", "-o", "out"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), shown);
    let command = "$ specgen build server.yaml -o server.c\n";
    let shown = block(&readme, command).strip_prefix(command).unwrap();
    let mut specgen = Command::new(env!("CARGO_BIN_EXE_specgen"));
    let output = specgen.args(["build", "server.yaml", "-o", "server.c"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), shown);
}
