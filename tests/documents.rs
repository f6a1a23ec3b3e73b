//! Documents that come from the code, or whose words must be true.

#![allow(clippy::disallowed_methods, reason = "tests read and write")]

use std::fs;
use std::path::Path;

#[test]
fn the_reference_of_fields_is_the_schemas() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/spec.md");
    let text = specgen::spec::reference();
    if std::env::var_os("SPECGEN_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), text, "write it anew with SPECGEN_UPDATE=1");
}
