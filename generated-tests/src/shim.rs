//! Generated Rust for macOS or FreeBSD, made to run on Linux: everything is as it is there but for the calls that Linux does not have.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{gates, paths};

/// A copy of a generated program for `platform` whose kqueue is that of `kqueue/kqueue.rs`.
///
/// # Errors
/// When files cannot be read or written.
pub fn on_linux(program: &Path, platform: &str) -> Result<PathBuf> {
    let copy = program.with_file_name("rust-on-linux");
    let mut made = BTreeSet::new();
    let mut make = |from: &Path, name: &Path, change: &dyn Fn(&str) -> String| -> Result<()> {
        made.insert(copy.join(name));
        copy_text(from, &copy.join(name), change)
    };
    let (root, transport) = (paths::root(), Path::new("vendor/specgen-runtime/src/transport"));
    let system = transport.join(format!("system/{platform}.rs"));
    for file in gates::files(&[program.to_owned()], &["rs", "toml"])? {
        let name = file.strip_prefix(program)?;
        if name != system {
            make(&file, name, &|text| adapted(name, text))?;
        }
    }
    let queue = root.join("generated-tests/kqueue/kqueue.rs");
    make(&queue, &transport.join("kqueue_shim.rs"), &str::to_owned)?;
    let calls = root.join("runtime/src/transport/system/linux.rs");
    make(&calls, &system, &|text| calls_for(platform, text))?;
    for file in gates::files(std::slice::from_ref(&copy), &["rs", "toml"])? {
        // What an older program had.
        if !made.contains(&file) {
            std::fs::remove_file(file)?;
        }
    }
    Ok(copy)
}

fn adapted(name: &Path, text: &str) -> String {
    let text = text.replace("rustix::event::kqueue::{self,", "crate::transport::kqueue_shim::{self as kqueue,");
    if name.ends_with("transport/mod.rs") {
        return text + "\nmod kqueue_shim;\n";
    }
    // Linux' calls want it also where the system's own do not.
    let lacks_set = name.ends_with("transport/system/unix.rs") && !text.contains("pub use sockopt::set;");
    if lacks_set { text + "\npub use sockopt::set;\n" } else { text }
}

/// Linux' calls, all of them; but as on macOS, workers share a socket there.
fn calls_for(platform: &str, text: &str) -> String {
    let kept = text.lines().filter(|line| !line.starts_with("#[cfg("));
    let text: String = kept.flat_map(|line| [line, "\n"]).collect();
    match platform {
        "macos" => text.replace("pub const SPREADS: bool = true;", "pub const SPREADS: bool = false;"),
        _ => text,
    }
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
