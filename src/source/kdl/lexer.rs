//! The place in the text, and what may be passed over: white space, comments, continued lines.

use super::characters::{is_newline, is_space};
use super::errors::{syntax, too_deep};
use crate::diagnostics::{Diagnostic, Span};
use crate::source::MAX_DEPTH;

/// A text and how much of it has been read.
pub struct Lexer<'text> {
    /// The whole text.
    pub text: &'text str,
    /// The first byte that has not been read; always the first of a character.
    pub at: usize,
}

impl<'text> Lexer<'text> {
    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Passes the next character.
    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Whether the rest of the text begins like that.
    pub fn looking_at(&self, what: &str) -> bool {
        self.text[self.at..].starts_with(what)
    }

    /// Passes `what` if it comes next.
    pub fn eat(&mut self, what: &str) -> bool {
        let found = self.looking_at(what);
        self.at += if found { what.len() } else { 0 };
        found
    }

    /// Passes all the characters of a class.
    pub fn take_while(&mut self, class: impl Fn(char) -> bool) -> &'text str {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !class(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// What has been read since then.
    pub fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// The place of the next character, empty at the end.
    pub fn here(&self) -> Span {
        Span::new(self.at, self.at + self.peek().map_or(0, char::len_utf8))
    }

    /// Passes the end of a line.
    pub fn newline(&mut self) -> bool {
        if self.eat("\r\n") {
            return true;
        }
        let found = self.peek().is_some_and(is_newline);
        if found {
            self.bump();
        }
        found
    }

    /// Passes `//` and the rest of the line with its end.
    pub fn line_comment(&mut self) -> bool {
        let found = self.eat("//");
        if found {
            self.take_while(|c| !is_newline(c));
            self.newline();
        }
        found
    }

    /// Passes the white space that a node may hold: lines end only behind a `\`.
    pub fn node_space(&mut self) -> Result<(), Diagnostic> {
        self.space()?;
        while self.looking_at("\\") {
            self.continuation()?;
            self.space()?;
        }
        Ok(())
    }

    /// Passes the white space between nodes.
    pub fn line_space(&mut self) -> Result<(), Diagnostic> {
        loop {
            self.node_space()?;
            if !self.newline() && !self.line_comment() {
                return Ok(());
            }
        }
    }

    fn space(&mut self) -> Result<(), Diagnostic> {
        loop {
            self.take_while(is_space);
            if !self.looking_at("/*") {
                return Ok(());
            }
            self.comment()?;
        }
    }

    fn continuation(&mut self) -> Result<(), Diagnostic> {
        let start = self.at;
        self.bump();
        let backslash = self.since(start);
        self.space()?;
        if self.newline() || self.line_comment() || self.peek().is_none() {
            return Ok(());
        }
        Err(syntax(backslash, "a `\\` outside of quotes ends its line", "more text follows on this line")
            .help("a text with a backslash needs quotes: `\"\\\\\"`"))
    }

    /// Comments nest; only their number is kept.
    fn comment(&mut self) -> Result<(), Diagnostic> {
        let start = self.at;
        let mut depth = 0;
        loop {
            if self.looking_at("/*") {
                if depth == MAX_DEPTH {
                    return Err(too_deep(self.at));
                }
                depth += 1;
                self.at += 2;
            } else if self.eat("*/") {
                depth -= 1;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.bump().is_none() {
                return Err(syntax(Span::new(start, start + 2), "a comment does not end", "begins here")
                    .help("every `/*` needs its `*/`"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left behind the white space within, and between, nodes.
    fn rests(text: &str) -> (&str, &str) {
        let (mut within, mut between) = (Lexer { text, at: 0 }, Lexer { text, at: 0 });
        within.node_space().unwrap();
        between.line_space().unwrap();
        (&text[within.at..], &text[between.at..])
    }

    #[test]
    fn white_space_within_nodes_ends_with_the_line() {
        assert_eq!(rests(" \t\u{3000}a"), ("a", "a"));
        assert_eq!(rests(" \r\n a"), ("\r\n a", "a"));
        assert_eq!(rests("// c\n// d"), ("// c\n// d", ""));
        assert_eq!(rests("/* /* */ **/ \n /**/a"), ("\n /**/a", "a"));
    }

    #[test]
    fn a_backslash_continues_the_line() {
        assert_eq!(rests("\\ /* */ // c\n \\\r\n a"), ("a", "a"));
        assert_eq!(rests("\\"), ("", ""));
        assert_eq!(rests("\\\n\na"), ("\na", "a"));
        assert_eq!(Lexer { text: "\\ a", at: 0 }.node_space().unwrap_err().labels[0].span, Span::new(0, 1));
    }

    #[test]
    fn comments_nest_to_a_depth() {
        let nested = |depth| "/*".repeat(depth) + &"*/".repeat(depth);
        assert!(Lexer { text: &nested(MAX_DEPTH), at: 0 }.node_space().is_ok());
        let problem = Lexer { text: &nested(MAX_DEPTH + 1), at: 0 }.node_space().unwrap_err();
        assert_eq!((problem.code.id, problem.labels[0].span), ("SG003", Span::new(128, 129)));
        let problem = Lexer { text: " /* /* */", at: 0 }.node_space().unwrap_err();
        assert_eq!((problem.code.id, problem.labels[0].span), ("SG005", Span::new(1, 3)));
    }
}
