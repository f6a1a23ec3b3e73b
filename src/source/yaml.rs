//! YAML 1.2 (core schema, with merge keys), from the parser's events to the tree.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Entry, MAX_BYTES, MAX_DEPTH, Node, Value};
use crate::diagnostics::{Diagnostic, Span, codes};

/// Reads one document; `None` if there is none.
pub fn read(text: &str) -> Result<Option<Node>, Diagnostic> {
    let mut reader = Reader::new(text);
    for event in Parser::new_from_str(text) {
        let (event, place) = event.map_err(|error| reader.syntax(&error))?;
        let span = reader.span(place);
        reader.take(event, span)?;
    }
    Ok(reader.root)
}

/// A collection whose end has not been seen yet.
struct Open {
    anchor: usize,
    start: Span,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    /// What `<<` brings waits in `merged`: the author's own keys win, wherever they stand.
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Span)>,
        merged: Vec<Entry>,
    },
}

struct Reader<'text> {
    text: &'text str,
    /// Byte offsets by character index; empty where the two are the same.
    offsets: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    /// Nodes and text bytes that aliases have added.
    expanded: usize,
    root: Option<Node>,
}

impl<'text> Reader<'text> {
    fn new(text: &'text str) -> Self {
        let offsets = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| at).collect() };
        Self { text, offsets, open: Vec::new(), anchors: BTreeMap::new(), expanded: 0, root: None }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| tag.handle != "!" || !tag.suffix.is_empty()) {
                    return Err(Diagnostic::new(&codes::SYNTAX, "tags have no meaning in a spec")
                        .label(span, format!("tagged `{}{}`", tag.handle, tag.suffix)));
                }
                let value = scalar(&text, style);
                let span = self.tighten(span, &value);
                self.finish(Node { span, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, span, Items::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.begin(anchor, span, Items::Map { entries: Vec::new(), key: None, merged: Vec::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Diagnostic::new(&codes::SYNTAX, "a spec file holds one document")
                    .label(span, "a second document begins here")
                    .help("put it into a file of its own"))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, start: Span, items: Items) -> Result<(), Diagnostic> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(start));
        }
        self.open.push(Open { anchor, start, items });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let end = self.text[..span.end].trim_end().len().max(open.start.start + 1).min(self.text.len());
        let value = match open.items {
            Items::List(items) => Value::List(items),
            Items::Map { mut entries, merged, .. } => {
                add_missing(&mut entries, merged);
                Value::Map(entries)
            }
        };
        self.finish(Node { span: Span::new(open.start.start, end), value }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some((node, weight)) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::new(&codes::SYNTAX, "an alias inside of the value it names")
                .label(span, "refers to itself"));
        };
        self.expanded = self.expanded.saturating_add(*weight);
        if self.expanded > MAX_BYTES {
            return Err(Diagnostic::new(&codes::TOO_LARGE, "aliases expand this document past 1 MiB")
                .label(span, "the limit is passed here"));
        }
        let node = Node { span, value: node.value.clone() };
        self.finish(node, 0)
    }

    /// Hands a complete value to the collection that it belongs to.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        if anchor != 0 {
            let weight = weight(&node);
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node).filter(|node| node.value != Value::Null),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map { entries, key, merged }) => match key.take() {
                None => *key = Some(key_of(node)?),
                Some((key, _)) if key == "<<" => merge(merged, node)?,
                Some((key, key_span)) => entries.push(Entry { key, key_span, value: node }),
            },
        }
        Ok(())
    }

    fn span(&self, place: saphyr_parser::Span) -> Span {
        Span::new(self.offset(place.start.index()), self.offset(place.end.index()))
    }

    fn offset(&self, index: usize) -> usize {
        if self.offsets.is_empty() {
            index.min(self.text.len())
        } else {
            *self.offsets.get(index).unwrap_or(&self.text.len())
        }
    }

    /// The parser's end of a plain or block scalar may lie behind the line's end; people expect the text underlined.
    fn tighten(&self, span: Span, value: &Value) -> Span {
        if *value == Value::Null {
            return Span::new(span.start.min(self.text.len()), span.start.min(self.text.len()));
        }
        let text = &self.text[span.start..span.end.max(span.start)];
        Span::new(span.start, span.start + text.trim_end().len())
    }

    fn syntax(&self, error: &saphyr_parser::ScanError) -> Diagnostic {
        let at = self.offset(error.marker().index());
        let end = self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        if error.info().contains("recursion limit") {
            return too_deep(Span::new(at, end));
        }
        Diagnostic::new(&codes::SYNTAX, format!("this is not YAML: {}", error.info()))
            .label(Span::new(at, end), "the reader stopped here")
    }
}

fn add_missing(entries: &mut Vec<Entry>, merged: Vec<Entry>) {
    for entry in merged {
        if entries.iter().all(|other| other.key != entry.key) {
            entries.push(entry);
        }
    }
}

fn merge(merged: &mut Vec<Entry>, node: Node) -> Result<(), Diagnostic> {
    let maps = match node.value {
        Value::Map(_) => vec![node],
        Value::List(items) if items.iter().all(|item| matches!(item.value, Value::Map(_))) => items,
        _ => {
            return Err(Diagnostic::new(&codes::SYNTAX, "`<<` merges a mapping, or a list of mappings")
                .label(node.span, format!("this is {}", node.value.kind())));
        }
    };
    for map in maps {
        if let Value::Map(entries) = map.value {
            add_missing(merged, entries);
        }
    }
    Ok(())
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::TOO_DEEP, format!("nested deeper than {MAX_DEPTH} levels"))
        .label(span, "one level too many")
}

fn key_of(node: Node) -> Result<(String, Span), Diagnostic> {
    match node.value {
        Value::Text(text) => Ok((text, node.span)),
        Value::Integer(number) => Ok((number.to_string(), node.span)),
        Value::Boolean(value) => Ok((value.to_string(), node.span)),
        other => {
            Err(Diagnostic::new(&codes::SYNTAX, "a key is a text")
                .label(node.span, format!("this is {}", other.kind())))
        }
    }
}

/// What a copy of this node adds to the document, in bytes, counting a node as one.
fn weight(node: &Node) -> usize {
    match &node.value {
        Value::Text(text) => text.len() + 1,
        Value::List(items) => items.iter().map(weight).fold(1, usize::saturating_add),
        Value::Map(entries) => {
            entries.iter().map(|entry| entry.key.len() + weight(&entry.value)).fold(1, usize::saturating_add)
        }
        _ => 1,
    }
}

/// The core schema of YAML 1.2 (§10.3), but that `True` and `TRUE` are texts: a spec knows `true` and `false` alone.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        _ => number(text).unwrap_or_else(|| Value::Text(text.to_owned())),
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(hex) = text.strip_prefix("0x") {
        return i128::from_str_radix(hex, 16).ok().map(Value::Integer);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i128::from_str_radix(octal, 8).ok().map(Value::Integer);
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or_else(|_| Value::Float(text.to_owned()), Value::Integer));
    }
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+'));
    (numeric && text.parse::<f64>().is_ok()).then(|| Value::Float(text.to_owned()))
}
