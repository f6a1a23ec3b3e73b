//! From text to one spanned tree: the readers of YAML and KDL.
//!
//! Both readers keep where everything stood, refuse what could exhaust memory or the stack before it can, and
//! know nothing of the fields of a spec.

mod kdl;
mod tree;
mod yaml;

pub use tree::{Entry, Node, Value};

use crate::diagnostics::{Diagnostic, Span, codes};

/// Longest spec that is read, in bytes; also the most that aliases may expand to.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Deepest nesting of mappings and lists.
pub const MAX_DEPTH: usize = 64;

/// The notations a spec can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// YAML 1.2.
    Yaml,
    /// KDL 2.
    Kdl,
}

impl Notation {
    /// The notation that a file's extension announces.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "yaml" | "yml" => Some(Self::Yaml),
            "kdl" => Some(Self::Kdl),
            _ => None,
        }
    }

    /// The notation of a text that comes without a file name: a KDL spec has `specgen 1` where YAML has a colon.
    pub fn guess(text: &str) -> Self {
        let first = text
            .lines()
            .map(str::trim_start)
            .find(|line| line.starts_with("specgen") || line.starts_with("//") || line.starts_with("/*"));
        match first {
            Some(line) if line.starts_with('/') => Self::Kdl,
            Some(line) if !line["specgen".len()..].trim_start().starts_with(':') => Self::Kdl,
            _ => Self::Yaml,
        }
    }
}

/// One spec as its author wrote it.
#[derive(Clone, Debug)]
pub struct Source {
    /// What diagnostics call it: the path as given, or `<stdin>`.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// The notation it is read as.
    pub notation: Notation,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    /// Takes the bytes of a spec in, or says why they are no text.
    pub fn from_bytes(name: &str, bytes: &[u8], notation: Option<Notation>) -> Result<Self, Diagnostic> {
        if bytes.len() > MAX_BYTES {
            return Err(Diagnostic::new(
                &codes::TOO_LARGE,
                format!("{name} has {} bytes; a spec has at most 1 MiB", bytes.len()),
            ));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1;
                return Err(Diagnostic::new(
                    &codes::NOT_UTF8,
                    format!("{name} is not UTF-8: line {line}, byte {} of the file", error.valid_up_to()),
                )
                .help("save the file as UTF-8"));
            }
        };
        let notation = notation.unwrap_or_else(|| Notation::guess(&text));
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Ok(Self { name: name.to_owned(), text, notation, lines })
    }

    /// Line and column of a byte, both from 1, the column in characters.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|&start| start <= at);
        let start = self.lines[line - 1];
        (line, self.text.get(start..at).map_or(0, |before| before.chars().count()) + 1)
    }

    /// Reads the text into a tree. Syntax errors end the reading, so there is one at most.
    pub fn parse(&self) -> Result<Node, Diagnostic> {
        if let Some(at) = self.text.find('\0') {
            return Err(Diagnostic::new(&codes::SYNTAX, "the text holds a NUL character")
                .label(Span::new(at, at + 1), "not allowed in a spec"));
        }
        let root = match self.notation {
            Notation::Yaml => yaml::read(&self.text)?,
            Notation::Kdl => kdl::read(&self.text)?,
        };
        match root {
            Some(Node { value: Value::Map(_), .. }) => Ok(root.unwrap_or_else(Node::nothing)),
            Some(node) => Err(Diagnostic::new(&codes::NOT_A_MAPPING, "a spec is a mapping of fields")
                .label(node.span, format!("this is {}", node.value.kind()))
                .help("begin with `specgen: 1`")),
            None => Err(Diagnostic::new(&codes::EMPTY, format!("{} is empty", self.name))
                .help("`specgen new --type websocket` writes a commented spec to begin with")),
        }
    }
}
