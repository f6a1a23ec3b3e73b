//! What the reader says of a text that is no KDL.

use super::characters::{is_newline, is_space};
use crate::diagnostics::{Diagnostic, Span, codes};
use crate::source::MAX_DEPTH;

/// Longest text that a help line repeats.
const QUOTABLE: usize = 60;

/// A syntax error: what happened, and a few words for its place.
pub fn syntax(span: Span, message: impl AsRef<str>, label: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&codes::SYNTAX, format!("this is not KDL 2: {}", message.as_ref())).label(span, label)
}

/// A children block or comment within too many others, where its first byte stands.
pub fn too_deep(at: usize) -> Diagnostic {
    Diagnostic::new(&codes::TOO_DEEP, format!("nested deeper than {MAX_DEPTH} levels"))
        .label(Span::new(at, at + 1), "one level too many")
}

/// A character that may stand nowhere.
pub fn disallowed(at: usize, c: char) -> Diagnostic {
    let number = u32::from(c);
    let problem = syntax(
        Span::new(at, at + c.len_utf8()),
        format!("the character U+{number:04X} may not stand in a document"),
        "an invisible character",
    );
    problem.help(format!("remove it, or write `\\u{{{number:x}}}` in a quoted text"))
}

/// A document that says it is of the first version.
pub fn version_1(span: Span) -> Diagnostic {
    syntax(span, "the document says that it is KDL 1", "another version of KDL")
        .help("remove this line, and write `#true` for `true`")
}

/// A type annotation, which KDL has and specs have no use for.
pub fn annotation(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::SYNTAX, "type annotations have no meaning in a spec")
        .label(span, "a type annotation")
        .help("leave it out")
}

/// A node's name with the colon that YAML would have.
pub fn colon(name: &str, span: Span) -> Diagnostic {
    syntax(span, "a colon follows a name", "no colon here").help(format!("KDL has no colon: write `{name} value`"))
}

/// A word that is a keyword once it has its `#`.
pub fn bare_keyword(word: &str, span: Span, is_name: bool) -> Diagnostic {
    let problem = syntax(span, format!("the word `{word}` stands alone"), "neither a keyword nor a text");
    if is_name {
        problem.help(format!("a name like this needs quotes: `\"{word}\"`"))
    } else {
        problem.help(format!("write `#{word}`, or `\"{word}\"` if a text is meant"))
    }
}

/// A word that begins as numbers do.
pub fn not_a_number(word: &str, span: Span) -> Diagnostic {
    let problem = syntax(span, "a text that begins like a number needs quotes", "not a number");
    match word.trim_start_matches(['+', '-']).starts_with('.') {
        true => problem.help("a number has a digit before its point: `0.5`"),
        false => quoted(problem, word),
    }
}

/// A character that an unquoted text cannot hold, within the text from `start` on.
pub fn needs_quotes(text: &str, start: usize, c: char) -> Diagnostic {
    let ends = |c: char| is_space(c) || is_newline(c) || "\"\\;{}()=".contains(c);
    let word = text[start..].split(ends).next().unwrap_or_default();
    let end = start + word.len().max(c.len_utf8());
    let problem = syntax(Span::new(start, end), format!("a text with `{c}` needs quotes"), "an unquoted text");
    quoted(problem, word)
}

/// Adds how the text looks in quotes.
fn quoted(problem: Diagnostic, word: &str) -> Diagnostic {
    match word.len() {
        1..=QUOTABLE => problem.help(format!("write `\"{word}\"`")),
        _ => problem.help("write it in quotes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_in_quotes_unless_it_is_long() {
        assert_eq!(needs_quotes("a /chat b", 2, '/').help, ["write `\"/chat\"`"]);
        assert_eq!(needs_quotes(&"/".repeat(1000), 0, '/').help, ["write it in quotes"]);
        assert_eq!(not_a_number("10s", Span::new(0, 3)).help, ["write `\"10s\"`"]);
        assert_eq!(not_a_number("-.5", Span::new(0, 3)).help, ["a number has a digit before its point: `0.5`"]);
    }

    #[test]
    fn an_invisible_character_is_named() {
        let problem = disallowed(1, '\u{202e}');
        assert_eq!(problem.message, "this is not KDL 2: the character U+202E may not stand in a document");
        assert_eq!(problem.labels[0].span, Span::new(1, 4));
        assert_eq!(problem.help, ["remove it, or write `\\u{202e}` in a quoted text"]);
    }
}
