//! The Autobahn results that are kept beside the tests: one file a variant, sorted, without times.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::variant::Variant;
use crate::{paths, tools};

/// What the suite said, case by case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of the spec that the server was generated from.
    pub spec: String,
    /// Case to `behavior / behaviorClose`.
    pub cases: BTreeMap<CaseId, String>,
}

/// `9.10.2`, ordered by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseId(Vec<u32>);

impl CaseId {
    /// # Errors
    /// When it is not numbers with points between.
    pub fn parse(text: &str) -> Result<Self> {
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        parts.map(Self).with_context(|| format!("{text:?} is no case of the suite"))
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

/// Where the results of a variant are kept.
#[must_use]
pub fn file(variant: Variant) -> PathBuf {
    paths::root().join("generated-tests/autobahn").join(format!("{variant}.json"))
}

impl Kept {
    /// Reads the kept results of a variant.
    ///
    /// # Errors
    /// When there are none or they are not as [`Kept::text`] writes them.
    pub fn read(variant: Variant) -> Result<Self> {
        Self::read_from(&file(variant))
    }

    /// Reads the results in a file.
    ///
    /// # Errors
    /// When there are none or they are not as [`Kept::text`] writes them.
    pub fn read_from(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("no results in {}", path.display()))?;
        let mut kept = Self::default();
        for line in text.lines() {
            match pair(line) {
                Some(("spec", hash)) => kept.spec = hash.to_owned(),
                Some((case, verdict)) => drop(kept.cases.insert(CaseId::parse(case)?, verdict.to_owned())),
                None if line.contains(['{', '}']) => {}
                None => bail!("{}: unexpected line {line:?}", path.display()),
            }
        }
        Ok(kept)
    }

    /// The file's text: JSON with one case a line.
    #[must_use]
    pub fn text(&self) -> String {
        let cases: Vec<String> =
            self.cases.iter().map(|(id, verdict)| format!("    \"{id}\": \"{verdict}\"")).collect();
        format!("{{\n  \"spec\": \"{}\",\n  \"cases\": {{\n{}\n  }}\n}}\n", self.spec, cases.join(",\n"))
    }

    /// The cases that are not as they should be.
    #[must_use]
    pub fn bad(&self) -> Vec<String> {
        let good = |verdict: &str| {
            matches!(verdict, "OK / OK" | "INFORMATIONAL / OK" | "OK / INFORMATIONAL" | "INFORMATIONAL / INFORMATIONAL")
        };
        self.cases
            .iter()
            .filter(|(_, verdict)| !good(verdict))
            .map(|(id, verdict)| format!("{id}: {verdict}"))
            .collect()
    }
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim().trim_end_matches(',').split_once(": ")?;
    Some((key.trim_matches('"'), value.strip_prefix('"')?.strip_suffix('"')?))
}

/// How many cases the quick set has.
pub const QUICK_CASES: usize = 268;

/// The SHA-256 of a file in hexadecimal.
///
/// # Errors
/// When `sha256sum` is missing or the file cannot be read.
pub fn hash(file: &Path) -> Result<String> {
    let output = tools::run(Command::new(tools::find("sha256sum")?).arg(file))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().next().map(str::to_owned).context("sha256sum printed nothing")
}
