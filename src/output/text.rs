//! The text of a file, shared by all programs that have it.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::hash;

/// A text that is cheap to copy, and whose hash is calculated once.
#[derive(Clone, Debug)]
pub struct Text(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    text: Cow<'static, str>,
    sha256: OnceLock<String>,
}

impl Text {
    /// Its SHA-256 in hexadecimal digits.
    pub fn sha256(&self) -> &str {
        self.0.sha256.get_or_init(|| hash(self.0.text.as_bytes()))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::from(Cow::Borrowed(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(Cow::Owned(text))
    }
}

impl From<Cow<'static, str>> for Text {
    fn from(text: Cow<'static, str>) -> Self {
        Self(Arc::new(Inner { text, sha256: OnceLock::new() }))
    }
}
