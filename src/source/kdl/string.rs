//! Texts in quotes, on one line; those of several lines are in their own module.

use super::characters::{is_newline, is_space};
use super::errors::syntax;
use super::lexer::Lexer;
use crate::diagnostics::Diagnostic;

impl Lexer<'_> {
    /// Reads a text in quotes. Behind `hashes` it is raw: no escapes, and as many hashes end it.
    pub fn string(&mut self, start: usize, hashes: usize) -> Result<String, Diagnostic> {
        if self.eat("\"\"\"") {
            return self.multiline(start, hashes);
        }
        self.bump();
        let mut text = String::new();
        loop {
            if self.closes("\"", hashes) {
                return Ok(text);
            }
            match self.peek() {
                Some('\\') if hashes == 0 => text.extend(self.escape()?),
                Some(c) if !is_newline(c) => text.extend(self.bump()),
                _ => return Err(self.unclosed(start, hashes)),
            }
        }
    }

    /// Passes the end of a text: its quotes, and as many hashes as it began with.
    pub fn closes(&mut self, quotes: &str, hashes: usize) -> bool {
        if !self.looking_at(quotes) {
            return false;
        }
        let behind = &self.text.as_bytes()[self.at + quotes.len()..];
        let closes = behind.iter().take(hashes).take_while(|&&byte| byte == b'#').count() == hashes;
        self.at += if closes { quotes.len() + hashes } else { 0 };
        closes
    }

    /// Reads what a backslash begins: a character, or white space that is left out.
    pub fn escape(&mut self) -> Result<Option<char>, Diagnostic> {
        let start = self.at;
        self.bump();
        if !self.take_while(|c| is_space(c) || is_newline(c)).is_empty() {
            return Ok(None);
        }
        match self.bump() {
            Some('n') => Ok(Some('\n')),
            Some('r') => Ok(Some('\r')),
            Some('t') => Ok(Some('\t')),
            Some('b') => Ok(Some('\u{8}')),
            Some('f') => Ok(Some('\u{c}')),
            Some('s') => Ok(Some(' ')),
            Some(c @ ('\\' | '"')) => Ok(Some(c)),
            Some('u') => self.unicode(start).map(Some),
            _ => Err(syntax(self.since(start), "there is no such escape", "unknown escape").help(
                "the escapes are \\n \\r \\t \\b \\f \\s \\\\ \\\" and \\u{…}; a backslash itself is written `\\\\`",
            )),
        }
    }

    fn unicode(&mut self, start: usize) -> Result<char, Diagnostic> {
        let opened = self.eat("{");
        let digits = self.take_while(|c| c.is_ascii_hexdigit());
        if !opened || !(1..=6).contains(&digits.len()) || !self.eat("}") {
            return Err(syntax(self.since(start), "an escape of a character has up to six hex digits", "incomplete")
                .help("write it like `\\u{e9}`"));
        }
        u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or_else(|| {
            syntax(self.since(start), "there is no such character", "not a Unicode scalar value")
                .help("characters go up to 10ffff, without d800 to dfff")
        })
    }

    /// The line or the document ended within the text that begins at `start`.
    fn unclosed(&self, start: usize, hashes: usize) -> Diagnostic {
        let problem = syntax(self.since(start), "a text in quotes does not end on its line", "no closing quote");
        match hashes {
            0 => problem.help("end it with `\"`; a text of several lines stands between `\"\"\"`"),
            _ => problem.help("it ends with `\"` and as many `#` as it begins with"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Span;

    fn string(text: &str) -> Result<String, Diagnostic> {
        let hashes = text.find('"').unwrap();
        let mut lexer = Lexer { text, at: hashes };
        let read = lexer.string(0, hashes)?;
        assert_eq!(lexer.at, text.len(), "{text}");
        Ok(read)
    }

    fn place(text: &str) -> Span {
        string(text).unwrap_err().labels[0].span
    }

    #[test]
    fn escapes_stand_for_characters() {
        assert_eq!(string(r#""\n\r\t\\\"\b\f\s""#).unwrap(), "\n\r\t\\\"\u{8}\u{c} ");
        assert_eq!(string(r#""\u{e9}\u{10ffff}\u{00000}""#).unwrap(), "é\u{10ffff}\0");
        assert_eq!(string("\"a\\  \r\n \u{3000} b\"").unwrap(), "ab");
    }

    #[test]
    fn raw_texts_end_with_their_hashes() {
        assert_eq!(string(r###"##"a\n"#b"##"###).unwrap(), "a\\n\"#b");
        assert_eq!(string(r##"#""#"##).unwrap(), "");
        assert_eq!(string(r###"##""#"##"###).unwrap(), "\"#");
    }

    #[test]
    fn other_escapes_are_refused_at_their_place() {
        assert_eq!(place(r#""a\x""#), Span::new(2, 4));
        assert_eq!(place(r#""\/""#), Span::new(1, 3));
        assert_eq!(place("\"\\é\""), Span::new(1, 4));
        assert_eq!(place(r#""\u{}""#), Span::new(1, 4));
        assert_eq!(place(r#""\u{1234567}""#), Span::new(1, 11));
        assert_eq!(place(r#""\u0041""#), Span::new(1, 7));
        assert_eq!(place(r#""\u{d800}""#), Span::new(1, 9));
        assert_eq!(place(r#""\u{110000}""#), Span::new(1, 11));
        assert_eq!(place("\"\\"), Span::new(1, 2));
    }

    #[test]
    fn a_text_ends_on_its_line() {
        for text in ["\"a", "\"a\nb\"", "\"a\u{2028}b\"", "#\"a\"", "#\"a\nb\"#"] {
            let problem = string(text).unwrap_err();
            assert_eq!(problem.labels[0].text, "no closing quote", "{text:?}");
            assert_eq!(problem.labels[0].span.start, 0, "{text:?}");
        }
    }
}
