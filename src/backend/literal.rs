//! Values as literals of a language, laid out as its formatter would.

use std::fmt::Write as _;

use crate::plan::Literal;

/// The widest line that formatters leave alone, in every language.
pub const WIDTH: usize = 100;

/// How a language writes literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// C, formatted by clang-format.
    C,
    /// Python, formatted by ruff.
    Python,
    /// JavaScript, formatted by prettier.
    JavaScript,
    /// Rust, formatted by rustfmt.
    Rust,
    /// A makefile's variable.
    Make,
}

/// `prefix`, the literal, and `suffix`, over several lines where one would be too long.
pub fn assignment(syntax: Syntax, prefix: &str, literal: &Literal, suffix: &str) -> String {
    let flat = flat(syntax, literal);
    let line = format!("{prefix}{flat}{suffix}");
    let fits = line.chars().count() <= WIDTH && !(is_wide_rust_list(syntax, literal, &flat));
    if fits || syntax == Syntax::Make {
        return line;
    }
    match (syntax, literal) {
        // clang-format would fill columns of a width that depends on every item.
        (Syntax::C, Literal::List(items)) => {
            format!("// clang-format off\n{}\n// clang-format on", broken_list(syntax, prefix, items, suffix))
        }
        (_, Literal::List(items)) => broken_list(syntax, prefix, items, suffix),
        (Syntax::Rust, Literal::Word(word)) if word.starts_with("Some(") => {
            let (outer, inner) = (indentation(prefix), &word["Some(".len()..word.len() - 1]);
            format!("{prefix}Some(\n{outer}    {inner},\n{outer}){suffix}")
        }
        (Syntax::C | Syntax::Rust, _) => format!("{}\n    {flat}{suffix}", prefix.trim_end()),
        (Syntax::JavaScript, _) => format!("{}\n  {flat}{suffix}", prefix.trim_end()),
        (Syntax::Python, _) => format!("{prefix}(\n    {flat}\n){suffix}"),
        _ => line,
    }
}

/// rustfmt breaks a list that is wider than 60 characters (`array_width`), though the line has room for it.
fn is_wide_rust_list(syntax: Syntax, literal: &Literal, flat: &str) -> bool {
    syntax == Syntax::Rust && matches!(literal, Literal::List(_)) && flat.chars().count() > 61
}

fn broken_list(syntax: Syntax, prefix: &str, items: &[String], suffix: &str) -> String {
    let (open, close, indent) = brackets(syntax);
    let outer = indentation(prefix);
    let items: Vec<String> = items.iter().map(|item| quoted(syntax, item) + ",").collect();
    // rustfmt fills lines with items of at most 10 characters (`short_array_element_width_threshold`).
    let fills = syntax == Syntax::Rust && items.iter().all(|item| item.len() <= 11);
    let room = if fills { WIDTH - 1 - outer.len() - indent.len() } else { 0 };
    let mut text = format!("{prefix}{open}\n");
    for line in filled(&items, room) {
        let _ = writeln!(text, "{outer}{indent}{line}");
    }
    text + outer + close + suffix
}

fn indentation(prefix: &str) -> &str {
    &prefix[..prefix.len() - prefix.trim_start().len()]
}

/// As many items a line as there is room for, at least one.
fn filled(items: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + item.len() <= room => {
                line.push(' ');
                line.push_str(item);
            }
            _ => lines.push(item.clone()),
        }
    }
    lines
}

fn brackets(syntax: Syntax) -> (&'static str, &'static str, &'static str) {
    match syntax {
        Syntax::C => ("{", "}", "    "),
        Syntax::Python => ("(", ")", "    "),
        Syntax::Rust => ("&[", "]", "    "),
        Syntax::JavaScript | Syntax::Make => ("[", "]", "  "),
    }
}

fn flat(syntax: Syntax, literal: &Literal) -> String {
    match literal {
        Literal::Boolean(value) if syntax == Syntax::Python => (if *value { "True" } else { "False" }).to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(number) => integer(syntax, *number),
        Literal::Text(text) if syntax == Syntax::Make => text.clone(),
        Literal::Text(text) => quoted(syntax, text),
        Literal::Word(word) => word.clone(),
        Literal::List(items) => {
            let (open, close, _) = brackets(syntax);
            let inner = items.iter().map(|item| quoted(syntax, item)).collect::<Vec<_>>().join(", ");
            let comma = if syntax == Syntax::Python && items.len() == 1 { "," } else { "" };
            format!("{open}{inner}{comma}{close}")
        }
    }
}

/// C's plain decimal constants take the first of int, long, long long that holds them (C11 §6.4.4.1). Rust's are grouped, as clippy
/// wishes for.
pub fn integer(syntax: Syntax, number: u64) -> String {
    let digits = number.to_string();
    if syntax != Syntax::Rust || digits.len() <= 4 {
        return digits;
    }
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join("_")
}

fn quoted(syntax: Syntax, text: &str) -> String {
    match syntax {
        Syntax::C => c_string(text),
        Syntax::Rust => rust_string(text),
        Syntax::Python => script_string(text, |c| format!("\\U{:08x}", u32::from(c))),
        Syntax::JavaScript | Syntax::Make => script_string(text, |c| format!("\\u{{{:x}}}", u32::from(c))),
    }
}

/// Octal escapes, since they end after three digits, whatever follows; `\?`, since `??/` is a backslash in C11 (§5.2.1.1).
fn c_string(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => literal.extend(['\\', char::from(byte)]),
            b'?' => literal.push_str("\\?"),
            b' '..=b'~' => literal.push(char::from(byte)),
            _ => {
                let _ = write!(literal, "\\{byte:03o}");
            }
        }
    }
    literal + "\""
}

fn rust_string(text: &str) -> String {
    let escaped: String =
        text.chars().flat_map(|c| if c == '\'' { vec![c] } else { c.escape_default().collect() }).collect();
    format!("\"{escaped}\"")
}

/// Python and JavaScript escape alike; both formatters take the quotes that need fewer escapes, double ones if equal.
fn script_string(text: &str, escape: fn(char) -> String) -> String {
    let quote = if text.matches('"').count() > text.matches('\'').count() { '\'' } else { '"' };
    let mut literal = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => literal.push_str("\\\\"),
            c if c == quote => literal.extend(['\\', c]),
            ' '..='~' => literal.push(c),
            c => literal.push_str(&escape(c)),
        }
    }
    literal.push(quote);
    literal
}

/// Text inside of double quotes in JSON and TOML: both know these escapes.
pub fn json_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c if crate::text::is_invisible(c) => {
                let mut units = [0; 2];
                if u32::from(c) > 0xffff {
                    // TOML knows no surrogates, JSON no long form: such a character (a tag) is dropped.
                    continue;
                }
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text in Markdown: one paragraph in which nothing is markup (CommonMark §2.4) and nothing acts on its surroundings.
pub fn markdown_text(text: &str) -> String {
    let mut escaped = String::new();
    for word in text.split_whitespace() {
        if !escaped.is_empty() {
            escaped.push(' ');
        }
        for c in word.chars() {
            match c {
                c if c.is_ascii_punctuation() && !matches!(c, ',' | '.' | ':' | ';' | '\'' | '?' | '-' | '+') => {
                    escaped.extend(['\\', c]);
                }
                '-' | '+' if word.len() == 1 => escaped.extend(['\\', c]),
                c if crate::text::is_invisible(c) => escaped.push('\u{fffd}'),
                c => escaped.push(c),
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_inert() {
        assert_eq!(c_string("a\"\\??/é\n1"), r#""a\"\\\?\?/\303\251\0121""#);
        assert_eq!(quoted(Syntax::Python, "a'b"), "\"a'b\"");
        assert_eq!(quoted(Syntax::JavaScript, "a\"b"), "'a\"b'");
        assert_eq!(quoted(Syntax::Python, "\u{1f600}"), "\"\\U0001f600\"");
        assert_eq!(json_text("\"*/\u{202e}\n"), "\\\"*/\\u202e\\n");
        assert_eq!(markdown_text("a  <b>\n# c {{ 7*7 }}"), "a \\<b\\> \\# c \\{\\{ 7\\*7 \\}\\}");
    }

    #[test]
    fn lists_break_when_long() {
        let short = Literal::List(vec!["a".into()]);
        assert_eq!(assignment(Syntax::Python, "X: Final = ", &short, ""), "X: Final = (\"a\",)");
        let long = Literal::List(vec!["a".repeat(60), "b".repeat(60)]);
        assert_eq!(
            assignment(Syntax::JavaScript, "export const X = ", &long, ";"),
            format!("export const X = [\n  \"{}\",\n  \"{}\",\n];", "a".repeat(60), "b".repeat(60)),
        );
    }
}
