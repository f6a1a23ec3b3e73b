//! Diagnostics for people (source lines, underlined) and for programs (JSON).

use annotate_snippets::{AnnotationKind, Group, Level, Snippet};
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
        if let (Some(source), false) = (source, diagnostic.labels.is_empty()) {
            let snippet = diagnostic.labels.iter().enumerate().fold(
                Snippet::source(&*source.text).path(&*source.name),
                |snippet, (index, label)| {
                    let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                    let annotation = kind.span(label.span.start..label.span.end);
                    snippet.annotation(if label.text.is_empty() { annotation } else { annotation.label(&*label.text) })
                },
            );
            group = group.element(snippet);
        }
        for help in &diagnostic.help {
            group = group.element(Level::HELP.message(&**help));
        }
        let mut text = self.inner.render(&[group]);
        text.push('\n');
        text
    }
}

/// One diagnostic as a JSON object with file, line and column (both from 1, columns in characters).
pub fn to_json(diagnostic: &Diagnostic, source: Option<&Source>) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let (line, column) = source.map_or((1, 1), |source| position(&source.text, label.span.start));
            let (end_line, end_column) = source.map_or((1, 1), |source| position(&source.text, label.span.end));
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

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
