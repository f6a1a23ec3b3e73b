use crate::diagnostics::Span;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its place in the text.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

impl Node {
    /// An absent value at the start of the text.
    pub fn nothing() -> Self {
        Self { span: Span::new(0, 0), value: Value::Null }
    }
}

/// The shapes that YAML and KDL have in common, and the one that KDL adds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~`, or nothing after the colon.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number, as written.
    Float(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the author's order, duplicates kept for the decoder to report.
    Map(Vec<Entry>),
    /// A KDL node: its arguments, then its properties and children.
    Arguments(Vec<Node>, Vec<Entry>),
}

impl Value {
    /// What to call it in a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(text) if text.contains(['.', 'e', 'E']) => "a number with a fraction",
            Self::Float(_) => "a number beyond all bounds",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Arguments(arguments, entries) => match (arguments.len(), entries.len()) {
                (0, 0) => "nothing",
                (0, _) => "a node with properties",
                (1, 0) => arguments[0].value.kind(),
                (_, 0) => "several arguments",
                _ => "a node with arguments and properties",
            },
        }
    }
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as the author wrote it.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}
