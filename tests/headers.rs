//! Headers of generated C: each is there because another file includes it.

#![allow(clippy::disallowed_methods, reason = "tests read")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use specgen::model::Target;
use specgen::output::FileMap;
use specgen::source::{Notation, Source};
use specgen::{analyse, generate};

/// Folders that a compiler looks for headers in.
const ROOTS: [&str; 3] = ["src/windows/", "src/", "tests/"];

fn specs() -> impl Iterator<Item = PathBuf> {
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/features");
    fs::read_dir(features).unwrap().map(|entry| entry.unwrap().path())
}

fn program(spec: &Path) -> Option<FileMap> {
    let notation = Notation::of_extension(spec.extension()?.to_str()?);
    let source = Source::from_bytes("spec", &fs::read(spec).unwrap(), notation).unwrap();
    generate(&analyse(&source), Target::C)
}

fn included(files: &FileMap) -> BTreeSet<String> {
    let texts: Vec<String> = files.iter().map(|(_, file)| file.contents.to_string()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let includes = lines.filter_map(|line| line.strip_prefix("#include "));
    includes.filter_map(|name| name.split(['<', '>', '"']).nth(1)).map(str::to_owned).collect()
}

fn unused(files: &FileMap) -> Vec<String> {
    let included = included(files);
    let headers = files.iter().map(|(path, _)| path).filter(|path| path.ends_with(".h"));
    let is_unused =
        |path: &&str| !ROOTS.iter().any(|root| path.strip_prefix(root).is_some_and(|name| included.contains(name)));
    headers.filter(is_unused).map(str::to_owned).collect()
}

#[test]
fn every_header_is_included() {
    let mut programs = 0;
    for spec in specs() {
        let Some(files) = program(&spec) else { continue };
        assert_eq!(unused(&files), [""; 0], "{}", spec.display());
        programs += 1;
    }
    assert!(programs >= 60, "only {programs} programs");
}
