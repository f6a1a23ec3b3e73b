//! KDL 2.0.0 (<https://kdl.dev/spec>), from its text to the tree.
//!
//! The reader looks ahead by one character, or by the few of a delimiter, and never goes back: its time is linear in
//! the text's length. It descends by recursion for children blocks alone, which are counted.

mod characters;
mod errors;
mod lexer;
mod multiline;
mod number;
mod reader;
mod string;
mod word;

use super::{Node, Value};
use crate::diagnostics::{Diagnostic, Span};

/// Reads one document; `None` if it has no nodes.
pub fn read(text: &str) -> Result<Option<Node>, Diagnostic> {
    refuse_disallowed(text)?;
    refuse_version_1(text)?;
    let nodes = reader::Reader::new(text).document()?;
    let root = Node { span: Span::new(0, text.len()), value: Value::Map(nodes) };
    Ok(Some(root).filter(|root| root.value != Value::Map(Vec::new())))
}

/// Some characters may stand nowhere, not even in comments; a byte order mark only at the very beginning.
fn refuse_disallowed(text: &str) -> Result<(), Diagnostic> {
    let found = text.char_indices().find(|&(at, c)| characters::is_disallowed(c) && (at, c) != (0, '\u{feff}'));
    match found {
        Some((at, c)) => Err(errors::disallowed(at, c)),
        None => Ok(()),
    }
}

/// The marker `/- kdl-version 2` needs no rule of its own: it is a node that is commented out.
fn refuse_version_1(text: &str) -> Result<(), Diagnostic> {
    let marker = text.trim_start_matches('\u{feff}');
    let Some(name) = marker.strip_prefix("/-").map(|rest| rest.trim_start_matches(characters::is_space)) else {
        return Ok(());
    };
    let number = name.strip_prefix("kdl-version").unwrap_or_default();
    let behind = number.trim_start_matches(characters::is_space).strip_prefix('1').unwrap_or("none");
    let rest = behind.trim_start_matches(characters::is_space);
    if rest.is_empty() || rest.starts_with(characters::is_newline) {
        let start = text.len() - marker.len();
        return Err(errors::version_1(Span::new(start, text.len() - behind.len())));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
