//! The decoded spec: every value typed and in bounds, with its place; defaults still open.

mod decode;
mod reference;
pub mod scalar;
pub mod schema;

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub use decode::decode;
pub use reference::reference;

use crate::diagnostics::Span;

/// A value of the schema's types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A number, bytes, or milliseconds.
    Integer(u64),
    /// Text, or a word.
    Text(String),
    /// Texts or words, each with its place.
    List(Vec<(String, Span)>),
    /// A section that is there (and not `false`), whatever it holds.
    Present,
}

/// The explicit values of a spec by dotted path (`io.workers`).
#[derive(Clone, Debug, Default)]
pub struct Spec {
    values: BTreeMap<String, (Value, Span)>,
}

impl Spec {
    /// Where the field is given, if it is.
    pub fn span(&self, path: &str) -> Option<Span> {
        self.values.get(path).map(|(_, span)| *span)
    }

    /// Whether the field is given (and not switched off).
    pub fn has(&self, path: &str) -> bool {
        self.values.contains_key(path)
    }

    /// The explicit value, else the schema's default.
    pub fn integer(&self, path: &str) -> u64 {
        match self.values.get(path) {
            Some((Value::Integer(number), _)) => *number,
            _ => default_integer(path),
        }
    }

    /// The explicit value, else the schema's default.
    pub fn boolean(&self, path: &str) -> bool {
        match self.values.get(path) {
            Some((Value::Boolean(value), _)) => *value,
            _ => default_text(path) == "true",
        }
    }

    /// The explicit value, else the schema's default.
    pub fn text(&self, path: &str) -> &str {
        match self.values.get(path) {
            Some((Value::Text(text), _)) => text,
            _ => default_text(path),
        }
    }

    /// The explicit items with their places.
    pub fn list(&self, path: &str) -> &[(String, Span)] {
        match self.values.get(path) {
            Some((Value::List(items), _)) => items,
            _ => &[],
        }
    }

    /// The explicit fields below a section, in the order of their names, with their places.
    pub fn below<'a>(&'a self, section: &'a str) -> impl Iterator<Item = (&'a str, Span)> + 'a {
        self.values
            .range(format!("{section}.")..)
            .take_while(move |(path, _)| path.strip_prefix(section).is_some_and(|rest| rest.starts_with('.')))
            .map(|(path, (_, span))| (path.as_str(), *span))
    }

    /// Every explicit field with its place.
    pub fn all(&self) -> impl Iterator<Item = (&str, Span)> {
        self.values.iter().map(|(path, (_, span))| (path.as_str(), *span))
    }

    /// What the spec says, a line a field in the order of their names, alike for every notation and order of fields.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        for (path, (value, _)) in &self.values {
            let _ = match value {
                Value::Boolean(value) => writeln!(text, "{path}={value}"),
                Value::Integer(number) => writeln!(text, "{path}={number}"),
                Value::Text(value) => writeln!(text, "{path}={value:?}"),
                Value::List(items) => {
                    writeln!(text, "{path}={:?}", items.iter().map(|(item, _)| item).collect::<Vec<_>>())
                }
                Value::Present => writeln!(text, "{path}"),
            };
        }
        text
    }

    pub(crate) fn insert(&mut self, path: String, value: Value, span: Span) {
        self.values.insert(path, (value, span));
    }
}

fn default_text(path: &str) -> &'static str {
    schema::lookup(path).map_or("", |field| field.default)
}

fn default_integer(path: &str) -> u64 {
    let text = default_text(path);
    text.parse().ok().or_else(|| scalar::size(text)).or_else(|| scalar::duration(text)).unwrap_or(0)
}
