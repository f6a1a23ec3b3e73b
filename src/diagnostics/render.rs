//! Diagnostics for people (source lines, underlined) and for programs (JSON).

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Severity};
use crate::source::Source;

/// Renders for a terminal or a log.
pub struct Renderer {
    inner: annotate_snippets::Renderer,
}

impl Renderer {
    /// With colours, or without.
    pub fn new(colour: bool) -> Self {
        let inner = if colour { annotate_snippets::Renderer::styled() } else { annotate_snippets::Renderer::plain() };
        Self { inner: inner.term_width(120) }
    }

    /// One diagnostic, several lines, with a line feed at the end.
    pub fn render(&self, diagnostic: &Diagnostic, source: Option<&Source>) -> String {
        let level = match diagnostic.code.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.code.id));
        if let Some(source) = source {
            group = group.elements(snippet(diagnostic, source));
        }
        for help in &diagnostic.help {
            group = group.element(Level::HELP.message(&**help));
        }
        let mut text = self.inner.render(&[group]);
        text.push('\n');
        text
    }
}

/// The lines that the labels stand on; the rest of a large text need not be looked at.
fn snippet<'a>(diagnostic: &'a Diagnostic, source: &'a Source) -> Option<Snippet<'a, Annotation<'a>>> {
    let first = diagnostic.labels.iter().map(|label| label.span.start).min()?;
    let last = diagnostic.labels.iter().map(|label| label.span.end).max()?;
    let start = source.text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = source.text[last..].find('\n').map_or(source.text.len(), |length| last + length);
    let snippet = Snippet::source(&source.text[start..end]).path(&*source.name).line_start(source.position(start).0);
    Some(diagnostic.labels.iter().enumerate().fold(snippet, |snippet, (index, label)| {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(label.span.start - start..label.span.end - start);
        snippet.annotation(if label.text.is_empty() { annotation } else { annotation.label(&*label.text) })
    }))
}

/// One diagnostic as a JSON object with file, line and column (both from 1, columns in characters).
pub fn to_json(diagnostic: &Diagnostic, source: Option<&Source>) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let (line, column) = source.map_or((1, 1), |source| source.position(label.span.start));
            let (end_line, end_column) = source.map_or((1, 1), |source| source.position(label.span.end));
            json!({"line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": label.text})
        })
        .collect();
    json!({
        "code": diagnostic.code.id,
        "severity": match diagnostic.code.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": diagnostic.message,
        "file": source.map(|source| &source.name),
        "labels": labels,
        "help": diagnostic.help,
    })
}
