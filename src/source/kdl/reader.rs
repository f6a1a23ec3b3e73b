//! Nodes, and what belongs to them.

use super::characters::is_newline;
use super::errors::{annotation, colon, syntax, too_deep};
use super::lexer::Lexer;
use crate::diagnostics::{Diagnostic, Span};
use crate::source::{Entry, MAX_DEPTH, Node, Value};

/// Reads a document's nodes.
pub struct Reader<'text> {
    lexer: Lexer<'text>,
    /// How many children blocks are open.
    depth: usize,
    /// How many `/-` are in force: what they leave out must be KDL, but need not suit a spec.
    silenced: usize,
}

/// What may still follow in a node.
#[derive(PartialEq)]
enum Stage {
    /// Anything.
    Entries,
    /// Blocks alone: one was left out.
    Blocks,
    /// Blocks alone, and all of them left out: it has its children.
    Done,
}

/// The parts of a node so far.
struct Parts {
    arguments: Vec<Node>,
    properties: Vec<Entry>,
    children: Vec<Entry>,
    /// Where the name ends, or the last entry.
    end: usize,
    stage: Stage,
}

impl<'text> Reader<'text> {
    /// A reader at the beginning of that text.
    pub fn new(text: &'text str) -> Self {
        let mut lexer = Lexer { text, at: 0 };
        lexer.eat("\u{feff}");
        Self { lexer, depth: 0, silenced: 0 }
    }

    /// Reads all nodes, to the end of the text.
    pub fn document(mut self) -> Result<Vec<Entry>, Diagnostic> {
        let nodes = self.nodes()?;
        match self.lexer.peek() {
            None => Ok(nodes),
            _ => Err(syntax(self.lexer.here(), "a `}` closes nothing", "no `{` belongs to this")),
        }
    }

    /// Reads nodes up to a closing brace or the end of the text.
    fn nodes(&mut self) -> Result<Vec<Entry>, Diagnostic> {
        let mut nodes = Vec::new();
        loop {
            self.lexer.line_space()?;
            if matches!(self.lexer.peek(), None | Some('}')) {
                return Ok(nodes);
            }
            if self.lexer.eat("/-") {
                self.silently(Self::node)?;
            } else {
                nodes.push(self.node()?);
            }
            // A node's reading ends where one of these is, or the closing brace, or the end of the text.
            let _ = self.lexer.eat(";") || self.lexer.newline() || self.lexer.line_comment();
        }
    }

    /// Reads what a `/-` leaves out.
    fn silently<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Diagnostic>) -> Result<T, Diagnostic> {
        self.lexer.line_space()?;
        self.silenced += 1;
        let result = read(self);
        self.silenced -= 1;
        result
    }

    fn node(&mut self) -> Result<Entry, Diagnostic> {
        self.annotation()?;
        let (key, key_span) = self.lexer.name("a node")?;
        self.refuse_colon(key_span)?;
        let mut parts = Parts {
            arguments: Vec::new(),
            properties: Vec::new(),
            children: Vec::new(),
            end: key_span.end,
            stage: Stage::Entries,
        };
        while self.part(&mut parts)? {}
        let mut entries = parts.properties;
        entries.append(&mut parts.children);
        let value = Value::Arguments(parts.arguments, entries);
        Ok(Entry { key, key_span, value: Node { span: Span::new(key_span.start, parts.end), value } })
    }

    /// Names may hold colons in KDL, but no field of a spec ends with one: this is YAML.
    fn refuse_colon(&self, name: Span) -> Result<(), Diagnostic> {
        match self.lexer.text[name.start..name.end].strip_suffix(':') {
            Some(text) if self.silenced == 0 && !text.is_empty() => Err(colon(text, Span::new(name.end - 1, name.end))),
            _ => Ok(()),
        }
    }

    /// Reads the next part of a node; false if there is none.
    fn part(&mut self, parts: &mut Parts) -> Result<bool, Diagnostic> {
        self.lexer.node_space()?;
        match self.lexer.peek() {
            None | Some(';' | '}') => return Ok(false),
            Some(c) if is_newline(c) => return Ok(false),
            Some('/') if self.lexer.looking_at("//") => return Ok(false),
            Some('{') => self.children(parts)?,
            Some('/') if self.lexer.eat("/-") => self.silently(|reader| reader.left_out(parts))?,
            _ => {
                self.refuse_behind_block(parts)?;
                self.entry()?.add_to(parts);
            }
        }
        Ok(true)
    }

    fn left_out(&mut self, parts: &mut Parts) -> Result<(), Diagnostic> {
        if self.lexer.peek() != Some('{') {
            self.refuse_behind_block(parts)?;
            return self.entry().map(|_| ());
        }
        self.block()?;
        if parts.stage == Stage::Entries {
            parts.stage = Stage::Blocks;
        }
        Ok(())
    }

    fn children(&mut self, parts: &mut Parts) -> Result<(), Diagnostic> {
        if parts.stage == Stage::Done {
            return Err(syntax(self.lexer.here(), "a node has its children in one block", "a second block"));
        }
        parts.children = self.block()?;
        parts.stage = Stage::Done;
        Ok(())
    }

    fn refuse_behind_block(&self, parts: &Parts) -> Result<(), Diagnostic> {
        if parts.stage == Stage::Entries {
            return Ok(());
        }
        Err(syntax(self.lexer.here(), "something follows a node's children", "the node ends before this")
            .help("values and properties stand before the `{`; another node begins on a new line or behind `;`"))
    }

    fn block(&mut self) -> Result<Vec<Entry>, Diagnostic> {
        let open = self.lexer.at;
        if self.depth == MAX_DEPTH {
            return Err(too_deep(open));
        }
        self.lexer.bump();
        self.depth += 1;
        let nodes = self.nodes()?;
        self.depth -= 1;
        if self.lexer.eat("}") {
            return Ok(nodes);
        }
        Err(syntax(Span::new(open, open + 1), "a block of children is not closed", "no `}` belongs to this"))
    }

    /// Reads an argument or a property; which of them it is shows behind its first text.
    fn entry(&mut self) -> Result<Part, Diagnostic> {
        let annotated = self.annotation()?;
        let first = self.lexer.value("a value")?;
        self.lexer.node_space()?;
        if !self.lexer.looking_at("=") {
            return Ok(Part::Argument(first));
        }
        let Node { value: Value::Text(key), span: key_span } = first else {
            return Err(self.lexer.no_name(first.span));
        };
        if let Some(annotated) = annotated {
            return Err(syntax(annotated, "a property's name has a type", "not before a name"));
        }
        self.lexer.bump();
        self.lexer.node_space()?;
        self.annotation()?;
        let value = self.lexer.value("a value")?;
        Ok(Part::Property(Entry { key, key_span, value }))
    }

    /// Passes a type annotation and the space behind it.
    fn annotation(&mut self) -> Result<Option<Span>, Diagnostic> {
        let start = self.lexer.at;
        if !self.lexer.eat("(") {
            return Ok(None);
        }
        self.lexer.node_space()?;
        self.lexer.name("the name of a type")?;
        self.lexer.node_space()?;
        if !self.lexer.eat(")") {
            return Err(syntax(
                Span::new(start, start + 1),
                "a type annotation is not closed",
                "no `)` belongs to this",
            ));
        }
        let span = self.lexer.since(start);
        if self.silenced == 0 {
            return Err(annotation(span));
        }
        self.lexer.node_space()?;
        Ok(Some(span))
    }
}

/// An argument or a property.
enum Part {
    Argument(Node),
    Property(Entry),
}

impl Part {
    fn add_to(self, parts: &mut Parts) {
        match self {
            Self::Argument(argument) => {
                parts.end = argument.span.end;
                parts.arguments.push(argument);
            }
            Self::Property(property) => {
                parts.end = property.value.span.end;
                parts.properties.push(property);
            }
        }
    }
}
