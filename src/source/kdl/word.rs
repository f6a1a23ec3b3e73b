//! Values: texts with and without quotes, numbers, keywords.

use super::characters::{is_identifier, is_newline, is_space};
use super::errors::{bare_keyword, colon, needs_quotes, not_a_number, syntax};
use super::lexer::Lexer;
use super::number;
use crate::diagnostics::{Diagnostic, Span};
use crate::source::{Node, Value};

/// The keywords without their `#`.
const KEYWORDS: [&str; 6] = ["true", "false", "null", "inf", "-inf", "nan"];

impl Lexer<'_> {
    /// Reads a value, if one is next, up to a character that may follow it.
    pub fn value(&mut self, wanted: &str) -> Result<Node, Diagnostic> {
        let start = self.at;
        let value = match self.peek() {
            Some('"') => Value::Text(self.string(start, 0)?),
            Some('#') => self.hashed()?,
            Some(c) if is_identifier(c) => self.word(false)?,
            _ => return Err(self.unexpected(wanted)),
        };
        self.boundary(start)?;
        Ok(Node { span: self.since(start), value })
    }

    /// Reads a text that names something.
    pub fn name(&mut self, wanted: &str) -> Result<(String, Span), Diagnostic> {
        let start = self.at;
        if self.peek().is_some_and(is_identifier) {
            if let Value::Text(name) = self.word(true)? {
                self.boundary(start)?;
                return Ok((name, self.since(start)));
            }
            return Err(self.no_name(self.since(start)));
        }
        match self.value(wanted)? {
            Node { value: Value::Text(name), span } => Ok((name, span)),
            node => Err(self.no_name(node.span)),
        }
    }

    /// Something stands before `=`, or where a node begins, that is no text.
    pub fn no_name(&self, span: Span) -> Diagnostic {
        let word = &self.text[span.start..span.end];
        syntax(span, "a name is a text", "not a text").help(format!("as a name it needs quotes: `\"{word}\"`"))
    }

    /// Reads an unquoted text or a number.
    fn word(&mut self, is_name: bool) -> Result<Value, Diagnostic> {
        let start = self.at;
        let word = self.take_while(is_identifier);
        if KEYWORDS.contains(&word) {
            return Err(bare_keyword(word, self.since(start), is_name || self.looking_at("=")));
        }
        if !number::begins_like_one(word) {
            return Ok(Value::Text(word.to_owned()));
        }
        self.boundary(start)?;
        number::parse(word).ok_or_else(|| not_a_number(word, self.since(start)))
    }

    /// Reads what begins with `#`: a raw text or a keyword.
    fn hashed(&mut self) -> Result<Value, Diagnostic> {
        let start = self.at;
        let hashes = self.take_while(|c| c == '#').len();
        if self.looking_at("\"") {
            return self.string(start, hashes).map(Value::Text);
        }
        match (hashes, self.take_while(is_identifier)) {
            (1, "true") => Ok(Value::Boolean(true)),
            (1, "false") => Ok(Value::Boolean(false)),
            (1, "null") => Ok(Value::Null),
            (1, word @ ("inf" | "-inf")) => Ok(Value::Float(word.to_owned())),
            (1, "nan") => Ok(Value::Float("NaN".to_owned())),
            (1, word) if !word.is_empty() => {
                Err(syntax(self.since(start), "there is no such keyword", "unknown keyword")
                    .help("the keywords are #true, #false, #null, #inf, #-inf and #nan"))
            }
            _ => Err(syntax(self.since(start), "a `#` stands alone", "neither a keyword nor a raw text")
                .help("a comment begins with `//`")),
        }
    }

    /// Refuses what may not directly follow a value that began at `start`.
    fn boundary(&self, start: usize) -> Result<(), Diagnostic> {
        let c = match self.peek() {
            Some(c) if !is_space(c) && !is_newline(c) && !"\\;{}=)".contains(c) => c,
            _ => return Ok(()),
        };
        if self.looking_at("//") || self.looking_at("/*") {
            return Ok(());
        }
        let unquoted = !self.text[start..].starts_with(['"', '#']);
        Err(match c {
            '"' if self.text[start..].starts_with('r') && self.at == start + 1 => {
                syntax(self.since(start), "a raw text has no `r`", "written as in KDL 1").help("write `#\"…\"#`")
            }
            '/' | '[' | ']' | '#' if unquoted => needs_quotes(self.text, start, c),
            ':' => colon(self.text[start..self.at].trim_matches(['#', '"']), self.here()),
            ',' => syntax(self.here(), "a comma follows a value", "no comma here")
                .help("KDL has no commas: a space separates two values"),
            _ => syntax(self.here(), "a value ends here without a space behind it", "a space is missing before this"),
        })
    }

    /// Something else stands where there should be a value or a name.
    pub fn unexpected(&self, wanted: &str) -> Diagnostic {
        let problem = |message: String| syntax(self.here(), message, format!("not {wanted}"));
        match self.peek() {
            None => problem(format!("the document ends before {wanted}")),
            Some(c) if is_newline(c) => problem(format!("the line ends before {wanted}")),
            Some('=') => problem("an `=` without a name directly before it".to_owned())
                .help("a node's value follows its name: `name value`; a property is `name=value`"),
            Some('[' | ']') => problem("a bracket outside of quotes".to_owned())
                .help("the values of a list follow each other: `name a b`"),
            Some('/') if self.looking_at("/-") => problem("a `/-` that nothing can follow".to_owned())
                .help("one `/-` leaves out one node, one value or property, or one block of children"),
            Some('/') => needs_quotes(self.text, self.at, '/'),
            Some('{') if wanted == "a node" => {
                problem("children without a node before them".to_owned()).help("the `{` stands on the line of its node")
            }
            Some(c) => problem(format!("`{c}` stands in the place of {wanted}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Value, Diagnostic> {
        Lexer { text, at: 0 }.value("a value").map(|node| node.value)
    }

    fn message(text: &str) -> String {
        let problem = value(text).unwrap_err();
        problem.message.strip_prefix("this is not KDL 2: ").unwrap().to_owned()
    }

    #[test]
    fn words_are_texts_unless_they_are_numbers() {
        for word in ["a", "é😀", "a:b", "-", "--a", "+.", "..", "-.a", "<>,'", "truely", "+inf", "r"] {
            assert_eq!(value(word), Ok(Value::Text(word.to_owned())), "{word}");
        }
        assert_eq!(value("10"), Ok(Value::Integer(10)));
        assert_eq!(value("-1.50"), Ok(Value::Float("-1.50".to_owned())));
    }

    #[test]
    fn keywords_have_a_hash() {
        assert_eq!(value("#true"), Ok(Value::Boolean(true)));
        assert_eq!(value("#false"), Ok(Value::Boolean(false)));
        assert_eq!(value("#null"), Ok(Value::Null));
        assert_eq!(value("#-inf"), Ok(Value::Float("-inf".to_owned())));
        assert_eq!(value("true").unwrap_err().help, ["write `#true`, or `\"true\"` if a text is meant"]);
        assert_eq!(value("true=1").unwrap_err().help, ["a name like this needs quotes: `\"true\"`"]);
        assert_eq!(message("#True"), "there is no such keyword");
        assert_eq!(message("# comment"), "a `#` stands alone");
        assert_eq!(message("##true"), "a `#` stands alone");
    }

    #[test]
    fn values_end_where_something_else_may_begin() {
        for behind in ["", " ", "\n", "\u{85}", ";", "{", "}", "=", ")", "\\", "//", "/*"] {
            for before in ["a", "1", "\"a\"", "#true", "#\"a\"#"] {
                assert!(value(&format!("{before}{behind}")).is_ok(), "{before}{behind}");
            }
        }
        assert_eq!(message("a/b"), "a text with `/` needs quotes");
        assert_eq!(message("1/2"), "a text with `/` needs quotes");
        assert_eq!(message("\"a\"\"b\""), "a value ends here without a space behind it");
        assert_eq!(message("\"a\": 1"), "a colon follows a name");
        assert_eq!(message("\"a\", 1"), "a comma follows a value");
        assert_eq!(message("r\"a\""), "a raw text has no `r`");
        assert_eq!(message("#\"a\"##"), "a value ends here without a space behind it");
        assert_eq!(message("10s"), "a text that begins like a number needs quotes");
    }

    #[test]
    fn names_are_texts() {
        let name = |text| Lexer { text, at: 0 }.name("a name");
        assert_eq!(name("a b"), Ok(("a".to_owned(), Span::new(0, 1))));
        assert_eq!(name("\"a b\" c"), Ok(("a b".to_owned(), Span::new(0, 5))));
        assert_eq!(name("1 ").unwrap_err().help, ["as a name it needs quotes: `\"1\"`"]);
        assert_eq!(name("#true ").unwrap_err().labels[0].span, Span::new(0, 5));
        assert_eq!(name("true ").unwrap_err().help, ["a name like this needs quotes: `\"true\"`"]);
    }
}
