//! KDL 2, from the library's document to the tree.

use kdl::{KdlDocument, KdlEntry, KdlNode, KdlValue};

use super::{Entry, MAX_DEPTH, Node, Value};
use crate::diagnostics::{Diagnostic, Span, codes};

/// Reads one document; `None` if it has no nodes.
pub fn read(text: &str) -> Result<Option<Node>, Diagnostic> {
    refuse_deep_nesting(text)?;
    let document = KdlDocument::parse_v2(text).map_err(|error| syntax(text, &error))?;
    if document.nodes().is_empty() {
        return Ok(None);
    }
    let entries = document.nodes().iter().map(entry).collect();
    Ok(Some(Node { span: Span::new(0, text.len()), value: Value::Map(entries) }))
}

fn entry(node: &KdlNode) -> Entry {
    let (properties, arguments): (Vec<_>, Vec<_>) = node.entries().iter().partition(|entry| entry.name().is_some());
    let children = node.children().into_iter().flat_map(|document| document.nodes()).map(entry);
    let entries = properties.into_iter().filter_map(property).chain(children).collect();
    let arguments = arguments.into_iter().map(argument).collect();
    Entry {
        key: node.name().value().to_owned(),
        key_span: span(node.name().span()),
        value: Node { span: node_span(node), value: Value::Arguments(arguments, entries) },
    }
}

fn property(entry: &KdlEntry) -> Option<Entry> {
    let name = entry.name()?;
    let value_start = name.span().offset() + name.span().len() + 1;
    let whole = span(entry.span());
    let value = Node { span: Span::new(value_start.min(whole.end), whole.end), value: scalar(entry.value()) };
    Some(Entry { key: name.value().to_owned(), key_span: span(name.span()), value })
}

fn argument(entry: &KdlEntry) -> Node {
    Node { span: span(entry.span()), value: scalar(entry.value()) }
}

fn scalar(value: &KdlValue) -> Value {
    match value {
        KdlValue::String(text) => Value::Text(text.clone()),
        KdlValue::Integer(number) => Value::Integer(*number),
        KdlValue::Float(number) => Value::Float(number.to_string()),
        KdlValue::Bool(value) => Value::Boolean(*value),
        KdlValue::Null => Value::Null,
    }
}

/// A node's own line: its name and entries, without the children that the reader will meet by themselves.
fn node_span(node: &KdlNode) -> Span {
    let name = node.name().span();
    let last = node.entries().last().map_or(name, KdlEntry::span);
    Span::new(name.offset(), last.offset() + last.len())
}

fn span(place: miette::SourceSpan) -> Span {
    Span::new(place.offset(), place.offset() + place.len())
}

fn syntax(text: &str, error: &kdl::KdlError) -> Diagnostic {
    let Some(first) = error.diagnostics.first() else {
        return Diagnostic::new(&codes::SYNTAX, "this is not KDL");
    };
    let start = floor(text, first.span.offset());
    let end = floor(text, first.span.offset() + first.span.len()).max(start);
    let message = first.message.as_deref().unwrap_or("unexpected text");
    let mut diagnostic = Diagnostic::new(&codes::SYNTAX, format!("this is not KDL 2: {message}"))
        .label(Span::new(start, end), first.label.as_deref().unwrap_or("the reader stopped here"));
    if let Some(help) = &first.help {
        diagnostic = diagnostic.help(help.clone());
    }
    diagnostic
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The library descends by recursion, so the depth is measured before it may: braces and nested comments outside of strings.
fn refuse_deep_nesting(text: &str) -> Result<(), Diagnostic> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'#' => at = skip_string(bytes, at),
            b'/' if bytes[at..].starts_with(b"//") => at = skip_line(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => {
                at = skip_comment(bytes, at).ok_or_else(|| too_deep(at))?;
            }
            b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(too_deep(at));
                }
                at += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ => at += 1,
        }
    }
    Ok(())
}

fn too_deep(at: usize) -> Diagnostic {
    Diagnostic::new(&codes::TOO_DEEP, format!("nested deeper than {MAX_DEPTH} levels"))
        .label(Span::new(at, at + 1), "one level too many")
}

fn skip_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |length| at + length)
}

/// Comments nest in KDL. `None`: deeper than anything sane.
fn skip_comment(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        match depth {
            0 => break,
            depth if depth > MAX_DEPTH => return None,
            _ => {}
        }
    }
    Some(at)
}

/// Passes `"…"`, `"""…"""`, and both in their raw forms `#"…"#`.
fn skip_string(bytes: &[u8], at: usize) -> usize {
    let hashes = bytes[at..].iter().take_while(|&&byte| byte == b'#').count();
    let quotes = bytes[at + hashes..].iter().take(3).take_while(|&&byte| byte == b'"').count();
    let quotes = match quotes {
        0 => return at + hashes.max(1),
        2 => return at + hashes + 2 + hashes,
        quotes => quotes,
    };
    let mut end = vec![b'"'; quotes];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let mut at = at + hashes + quotes;
    while at < bytes.len() && !bytes[at..].starts_with(&end) {
        at += if bytes[at] == b'\\' && hashes == 0 { 2 } else { 1 };
    }
    at + end.len()
}
