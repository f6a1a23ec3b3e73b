//! `.specgen.json`: which files of a folder are specgen's, and what they were when it wrote them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{File, FileMap, Owner, hash};

/// The manifest of one target's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The specgen that wrote the folder.
    pub specgen: String,
    /// The version of the spec language.
    pub spec_version: u32,
    /// SHA-256 of what the spec says, alike for every notation.
    pub spec_sha256: String,
    /// SHA-256 of each generated file; the word `user` for a file that was handed over.
    pub files: BTreeMap<String, String>,
}

/// Stands in the place of a hash: the file is the user's.
pub const USER: &str = "user";

impl Manifest {
    /// The manifest of these files.
    pub fn of(files: &FileMap, canonical_spec: &str) -> Self {
        let entry = |file: &File| match file.owner {
            Owner::Generated => file.contents.sha256().to_owned(),
            Owner::User => USER.to_owned(),
        };
        Self {
            specgen: crate::VERSION.to_owned(),
            spec_version: 1,
            spec_sha256: hash(canonical_spec.as_bytes()),
            files: files.iter().map(|(path, file)| (path.to_owned(), entry(file))).collect(),
        }
    }

    /// As it stands on disk.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads one; the message says what is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let inside = |path: &String| {
            !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\')
        };
        match manifest.files.keys().find(|path| !inside(path)) {
            Some(path) => Err(format!("it names a file outside of the folder: {path}")),
            None if manifest.spec_version > 1 => Err("a newer specgen wrote it".to_owned()),
            None => Ok(manifest),
        }
    }
}
