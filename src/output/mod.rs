//! The output is a value: a map of files. Comparing it with a folder, and writing it there, is `disk`'s work.

#[allow(clippy::disallowed_methods, reason = "its work")]
pub mod disk;
mod manifest;
#[allow(clippy::disallowed_methods, reason = "its work")]
pub mod single;
pub mod stamp;
mod text;
#[allow(clippy::disallowed_methods, reason = "its work")]
mod transaction;

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

pub use manifest::Manifest;
pub use text::Text;

/// The manifest's file name.
pub const MANIFEST: &str = ".specgen.json";

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// specgen's: replaced by every build.
    Generated,
    /// The user's: written once, never touched again.
    User,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its text.
    pub contents: Text,
    /// Whose it is.
    pub owner: Owner,
}

/// Files by their path below the target's folder, `/` between the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileMap {
    files: BTreeMap<String, File>,
}

impl FileMap {
    /// Adds a file.
    pub fn insert(&mut self, path: &str, contents: impl Into<Text>, owner: Owner) {
        self.files.insert(path.to_owned(), File { contents: contents.into(), owner });
    }

    /// Adds the manifest, which knows all other files.
    pub fn seal(&mut self, canonical_spec: &str) {
        let manifest = Manifest::of(self, canonical_spec).to_text();
        self.insert(MANIFEST, manifest, Owner::Generated);
    }

    /// All files by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The file of that path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }
}

/// SHA-256 in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
