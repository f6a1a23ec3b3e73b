//! Generated Rust for macOS, made to run on Linux: everything is compiled as for macOS but for the calls that Linux does not have.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{gates, paths};

/// What has another name on the way: behind `system`, files say themselves whose they are.
const TARGETS: [(&str, &str); 2] =
    [("target_os = \"linux\"", "target_os = \"none\""), ("target_os = \"macos\"", "target_os = \"linux\"")];

/// A copy of a generated program whose kqueue is that of `shims/kqueue.rs`.
///
/// # Errors
/// When files cannot be read or written, or the runtime does not look as expected.
pub fn on_linux(program: &Path) -> Result<PathBuf> {
    let copy = program.with_file_name("rust-on-linux");
    let own = [program.join("src"), program.join("tests")];
    let manifests = ["Cargo.toml", "vendor/specgen-runtime/Cargo.toml"].map(|manifest| program.join(manifest));
    for file in gates::files(&own, &["rs"])?.into_iter().chain(manifests) {
        copy_text(&file, &copy.join(file.strip_prefix(program)?), str::to_owned)?;
    }
    let (from, to) = (paths::root().join("runtime"), copy.join("vendor/specgen-runtime"));
    for file in gates::files(&[from.join("src")], &["rs"])? {
        let name = file.strip_prefix(&from)?.to_owned();
        copy_text(&file, &to.join(&name), |text| adapted(&name, text))?;
    }
    let transport = to.join("src/transport");
    copy_text(
        &paths::root().join("generated-tests/shims/kqueue.rs"),
        &transport.join("kqueue_shim.rs"),
        str::to_owned,
    )?;
    Ok(copy)
}

/// A file of the runtime, as it is compiled for the copy.
fn adapted(name: &Path, text: &str) -> String {
    let shown = name.to_string_lossy();
    if shown.ends_with("system/linux.rs") {
        return text.replace("pub const SPREADS: bool = true;", "pub const SPREADS: bool = false;");
    }
    if shown.contains("/system/") {
        return text.to_owned();
    }
    let mut text = text.replace("rustix::event::kqueue::{self,", "crate::transport::kqueue_shim::{self as kqueue,");
    for (word, other) in TARGETS {
        text = text.replace(word, other);
    }
    if shown.ends_with("transport/mod.rs") {
        text.push_str("\nmod kqueue_shim;\n");
    }
    text
}

/// Copies a file through `change`; what is there already is not touched, so that it is not built again.
fn copy_text(from: &Path, to: &Path, change: impl Fn(&str) -> String) -> Result<()> {
    let text = std::fs::read_to_string(from).with_context(|| format!("cannot read {}", from.display()))?;
    let text = change(&text);
    ensure!(!text.is_empty(), "{} is empty", from.display());
    if std::fs::read_to_string(to).is_ok_and(|old| old == text) {
        return Ok(());
    }
    std::fs::create_dir_all(to.parent().unwrap_or(to))?;
    std::fs::write(to, text).with_context(|| format!("cannot write {}", to.display()))
}
