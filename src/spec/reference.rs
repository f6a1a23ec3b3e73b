//! The reference of all fields, as Markdown, from the schema.

use std::fmt::Write as _;

use super::scalar::{show_duration, show_size};
use super::schema::{Field, Kind, SPEC, Section};

/// `docs/spec.md`.
pub fn reference() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str("| field | takes | default | meaning |\n|---|---|---|---|\n");
    rows(&SPEC, "", &mut text);
    text
}

const INTRODUCTION: &str = "# The spec language, version 1

One document a file, UTF-8, at most 1 MiB. Sizes are bytes or a number with a unit (`64KiB`, `1MiB`, `500kB`), durations a number with `ms`, `s`, `m` or
`h`. Booleans are `true` and `false` alone. YAML anchors, aliases and merge keys work.

A field marked ◆ is its section's primary one: the section may be given as that value alone (`io: epoll` is `io: {model: epoll}`). Sections and options that
are off by default may be switched off explicitly with `false`.

In KDL a key is a node; the primary field is its argument; other fields are properties or child nodes; a list is several arguments or several
nodes of one name. Keys are `snake_case` in YAML and `kebab-case` in KDL, and each reader takes both.

";

fn rows(section: &Section, prefix: &str, text: &mut String) {
    for field in section.fields {
        let path = if prefix.is_empty() { field.name.to_owned() } else { format!("{prefix}.{}", field.name) };
        let mark = if field.primary { " ◆" } else { "" };
        let default = match field.default {
            "" if field.off => "off".to_owned(),
            "" => String::new(),
            default => format!("`{}`", default.replace('|', "\\|")),
        };
        let _ = writeln!(text, "| `{path}`{mark} | {} | {default} | {} |", takes(field), field.doc.replace('|', "\\|"));
        if let Kind::Section(inner) | Kind::SectionSet(inner) = field.kind {
            rows(inner, &path, text);
        }
    }
}

fn takes(field: &Field) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match &field.kind {
        Kind::Boolean => "boolean".to_owned(),
        Kind::Integer { min, max: u64::MAX } => format!("integer from {min}"),
        Kind::Integer { min, max } => format!("integer, {min}–{max}"),
        Kind::IntegerOr { min, max, word } => format!("integer, {min}–{max}, or `{word}`"),
        Kind::Size { min, max } => format!("size, {}–{}", show_size(*min), show_size(*max)),
        Kind::Duration { min, max } => format!("duration, {}–{}", show_duration(*min), show_duration(*max)),
        Kind::Text(form) => form.rule().replace('|', "\\|"),
        Kind::Choice(choices) => words(choices),
        Kind::TextList(form) => format!("list: {}", form.rule().replace('|', "\\|")),
        Kind::ChoiceList(choices) => format!("list of {}", words(choices)),
        Kind::Section(_) => "section".to_owned(),
        Kind::SectionSet(_) => "section, or list of names".to_owned(),
    }
}
