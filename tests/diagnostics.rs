//! Every spec under `specs/invalid` and the whole text that specgen says of it, in the file beside it.
//!
//! `SPECGEN_UPDATE=1 cargo test --test diagnostics` writes the expected texts anew, for review.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use specgen::analyse;
use specgen::diagnostics::{Renderer, codes};
use specgen::source::{Notation, Source};

fn specs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let is_spec = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "kdl");
    let mut specs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(is_spec).collect();
    specs.sort();
    specs
}

/// Everything that specgen says of a spec, and the codes it says it with.
fn rendering(path: &Path) -> (String, BTreeSet<&'static str>) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let notation = Notation::of_extension(path.extension().unwrap().to_str().unwrap());
    let renderer = Renderer::new(false);
    match Source::from_bytes(name, &fs::read(path).unwrap(), notation) {
        Err(problem) => (renderer.render(&problem, None), BTreeSet::from([problem.code.id])),
        Ok(source) => {
            let analysis = analyse(&source);
            let texts: Vec<String> =
                analysis.diagnostics.iter().map(|problem| renderer.render(problem, Some(&source))).collect();
            (texts.join("\n"), analysis.diagnostics.iter().map(|problem| problem.code.id).collect())
        }
    }
}

#[test]
fn every_invalid_spec_has_its_expected_messages() {
    let update = std::env::var_os("SPECGEN_UPDATE").is_some();
    let mut differing = Vec::new();
    let specs = specs("specs/invalid");
    assert!(specs.len() >= 60, "only {} invalid specs", specs.len());
    for path in specs {
        let (text, codes) = rendering(&path);
        assert!(!codes.is_empty(), "{} is valid", path.display());
        let expected_path = PathBuf::from(format!("{}.expected", path.display()));
        if update {
            fs::write(&expected_path, &text).unwrap();
        }
        if fs::read_to_string(&expected_path).unwrap_or_default() != text {
            differing.push(format!("{}:\n{text}", path.display()));
        }
    }
    assert!(differing.is_empty(), "other messages than expected:\n{}", differing.join("\n"));
}

#[test]
fn ten_mistakes_are_ten_messages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/invalid/ten-mistakes.yaml");
    let source = Source::from_bytes("ten", &fs::read(path).unwrap(), Some(Notation::Yaml)).unwrap();
    let analysis = analyse(&source);
    let mut lines: Vec<_> = analysis.diagnostics.iter().map(|problem| problem.labels[0].span.start).collect();
    lines.dedup();
    assert!(lines.len() >= 10, "{} places", lines.len());
}

#[test]
fn every_check_code_occurs() {
    let seen: BTreeSet<_> = specs("specs/invalid").iter().flat_map(|path| rendering(path).1).collect();
    // SG002 needs a large file; SG007 and the 4xx and 5xx codes are about files and tools.
    let elsewhere = ["SG002", "SG007"];
    let missing: Vec<_> = codes::ALL
        .iter()
        .map(|code| code.id)
        .filter(|id| *id < "SG400" && !seen.contains(id) && !elsewhere.contains(id))
        .collect();
    assert!(missing.is_empty(), "codes without an invalid spec: {missing:?}");
}

#[test]
fn examples_are_valid() {
    for path in specs("specs/examples").into_iter().chain(specs("specs/features")) {
        let (text, codes) = rendering(&path);
        assert!(codes.is_empty(), "{}:\n{text}", path.display());
    }
}
