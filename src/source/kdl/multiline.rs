//! Texts of several lines between `"""`, without the indentation of their closing quotes.

use super::characters::is_space;
use super::errors::syntax;
use super::lexer::Lexer;
use crate::diagnostics::{Diagnostic, Span};

/// One line: escaped white space is already gone, and other escapes stand as what they mean.
struct Line {
    /// Where it begins in the document.
    at: usize,
    /// Where it begins in the text.
    start: usize,
    /// Where in the text its indentation ends, if there is anything but white space.
    content: Option<usize>,
}

/// The text as far as it has been read.
struct Lines {
    text: String,
    lines: Vec<Line>,
}

impl Lines {
    fn begin(&mut self, at: usize) {
        self.lines.push(Line { at, start: self.text.len(), content: None });
    }

    fn push(&mut self, c: char, indents: bool) {
        if let Some(line) = self.lines.last_mut().filter(|line| line.content.is_none() && !indents) {
            line.content = Some(self.text.len());
        }
        self.text.push(c);
    }

    /// Takes the last line's indentation off the others; the error is the line that lacks it.
    fn dedent(&self, last: &Line) -> Result<String, usize> {
        let prefix = &self.text[last.start..];
        let mut result = String::new();
        for (number, line) in self.lines.iter().enumerate() {
            let end = self.lines.get(number + 1).map_or(last.start, |next| next.start);
            if number > 0 {
                result.push('\n');
            }
            match line.content {
                Some(content) if self.text[line.start..content].starts_with(prefix) => {
                    result.push_str(&self.text[line.start + prefix.len()..end]);
                }
                Some(_) => return Err(line.at),
                None => {}
            }
        }
        Ok(result)
    }
}

impl Lexer<'_> {
    /// Reads what follows the opening `"""` of the text that begins at `start`.
    pub fn multiline(&mut self, start: usize, hashes: usize) -> Result<String, Diagnostic> {
        let opening = self.since(start);
        if !self.newline() {
            return Err(syntax(opening, "a line ends behind `\"\"\"`", "more text follows on this line")
                .help("write `\"…\"` for a text on one line"));
        }
        let mut read = Lines { text: String::new(), lines: Vec::new() };
        read.begin(self.at);
        loop {
            let before = self.at;
            if self.closes("\"\"\"", hashes) {
                return self.dedented(read, Span::new(before, self.at));
            }
            if self.newline() {
                read.begin(self.at);
            } else if hashes == 0 && self.looking_at("\\") {
                self.escape()?.into_iter().for_each(|c| read.push(c, false));
            } else if let Some(c) = self.bump() {
                read.push(c, is_space(c));
            } else {
                return Err(syntax(opening, "a text of several lines does not end", "begins here").help(
                    match hashes {
                        0 => "it ends with `\"\"\"`",
                        _ => "it ends with `\"\"\"` and as many `#` as it begins with",
                    },
                ));
            }
        }
    }

    fn dedented(&self, mut read: Lines, closing: Span) -> Result<String, Diagnostic> {
        let Some(last) = read.lines.pop().filter(|last| last.content.is_none()) else {
            return Err(syntax(closing, "the `\"\"\"` that ends a text has a line of its own", "text precedes it")
                .help("put it on the next line"));
        };
        read.dedent(&last).map_err(|at| {
            syntax(self.line_start(at), "a line is indented less than the `\"\"\"` that ends its text", "indented less")
                .label(closing, "every line begins with the white space before this")
                .help("indent all lines alike, with the same spaces or tabs")
        })
    }

    /// A line's white space and its first character.
    fn line_start(&self, at: usize) -> Span {
        let mut line = Lexer { text: self.text, at };
        line.take_while(is_space);
        line.bump();
        line.since(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Result<String, Diagnostic> {
        let hashes = text.find('"').unwrap();
        Lexer { text, at: hashes }.string(0, hashes)
    }

    fn place(text: &str) -> Span {
        string(text).unwrap_err().labels[0].span
    }

    #[test]
    fn the_closing_line_says_how_much_indentation_goes() {
        assert_eq!(string("\"\"\"\n    a\n  b\n\n \t\n   c\n  \"\"\"").unwrap(), "  a\nb\n\n\n c");
        assert_eq!(string("\"\"\"\n\"\"\"").unwrap(), "");
        assert_eq!(string("\"\"\"\n\n\"\"\"").unwrap(), "");
        assert_eq!(string("\"\"\"\r\na\r\n\r\nb\u{2028}\"\"\"").unwrap(), "a\n\nb");
    }

    #[test]
    fn quotes_within_need_no_escape() {
        assert_eq!(string("\"\"\"\n\"a\" \"\"b\n\"\"\"").unwrap(), "\"a\" \"\"b");
        assert_eq!(string("\"\"\"\n\\\"\"\"\n\"\"\"").unwrap(), "\"\"\"");
        assert_eq!(string("#\"\"\"\n \"\"\"\\n\n \"\"\"#").unwrap(), "\"\"\"\\n");
    }

    #[test]
    fn white_space_is_escaped_before_the_indentation_goes() {
        assert_eq!(string("\"\"\"\n  a \\\nb\n  c\n  \\   \"\"\"").unwrap(), "a b\nc");
        assert_eq!(string("\"\"\"\n  \\   a\n  \"\"\"").unwrap(), "a");
        assert_eq!(string("\"\"\"\n  a\\r\\n\n  \\s b\n  \"\"\"").unwrap(), "a\r\n\n  b");
        assert_eq!(place("\"\"\"\n  a\\\n  \"\"\""), Span::new(11, 14));
        assert_eq!(place("\"\"\"\n \\sa\n  \"\"\""), Span::new(4, 6));
    }

    #[test]
    fn lines_and_quotes_stand_where_they_must() {
        assert_eq!(place("\"\"\"a\"\"\""), Span::new(0, 3));
        assert_eq!(place("##\"\"\"a\n\"\"\"##"), Span::new(0, 5));
        assert_eq!(place("\"\"\"\na\"\"\""), Span::new(5, 8));
        assert_eq!(place("\"\"\"\n  a\n b\n  \"\"\""), Span::new(8, 10));
        assert_eq!(place("\"\"\"\n\té\n  \"\"\""), Span::new(4, 7));
        assert_eq!(place("\"\"\"\na"), Span::new(0, 3));
        assert_eq!(place("#\"\"\"\na\n\"\"\""), Span::new(0, 4));
    }
}
