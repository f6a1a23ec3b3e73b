//! From the tree to typed values by the schema. Every problem is collected; what is wrong is left out of the result.

use super::scalar::{duration, show_duration, show_size, size};
use super::schema::{Field, Form, Kind, SPEC, Section};
use super::{Spec, Value};
use crate::diagnostics::{Diagnostic, Span, codes};
use crate::source::{Entry, Node, Value as Tree};
use crate::text::{quote, suggest};

/// Decodes a whole document.
pub fn decode(root: &Node) -> (Spec, Vec<Diagnostic>) {
    let mut decoder = Decoder { spec: Spec::default(), problems: Vec::new() };
    if let Tree::Map(entries) = &root.value {
        decoder.entries(&SPEC, "", entries);
    }
    decoder.require(&["specgen", "name", "type", "targets"], entries_end(root));
    (decoder.spec, decoder.problems)
}

/// Missing fields are reported at the first line.
fn entries_end(root: &Node) -> Span {
    match &root.value {
        Tree::Map(entries) => entries.first().map_or(root.span, |entry| entry.key_span),
        _ => root.span,
    }
}

/// Unknown keys for which a name of like spelling is looked for.
const MOST_SUGGESTIONS: usize = 200;

struct Decoder {
    spec: Spec,
    problems: Vec<Diagnostic>,
}

impl Decoder {
    fn require(&mut self, names: &[&str], place: Span) {
        for name in names {
            let attempted = self.spec.has(name)
                || self.problems.iter().any(|problem| problem.message.contains(&format!("`{name}`")));
            if !attempted {
                self.problems.push(
                    Diagnostic::new(&codes::MISSING, format!("`{name}` is missing"))
                        .label(place, "this spec has no such field")
                        .help(required_help(name)),
                );
            }
        }
    }

    fn entries(&mut self, section: &'static Section, prefix: &str, entries: &[Entry]) {
        let mut seen: Vec<(&'static str, Span)> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let canonical = entry.key.replace('-', "_");
            let Some(field) = section.fields.iter().find(|field| field.name == canonical) else {
                self.unknown(section, prefix, entry);
                continue;
            };
            let path = join(prefix, field.name);
            match seen.iter().find(|(name, _)| *name == field.name) {
                Some(_) if repeats(field, entry) => {}
                Some((_, first)) => {
                    let problem = Diagnostic::new(&codes::DUPLICATE_KEY, format!("`{path}` is given twice"))
                        .label(entry.key_span, "given again")
                        .label(*first, "first given here");
                    self.problems.push(problem);
                }
                None => {
                    seen.push((field.name, entry.key_span));
                    let merged = merge_repeated(field, &entries[index..]);
                    self.field(field, &path, merged.as_ref().unwrap_or(&entry.value), entry.key_span);
                }
            }
        }
    }

    fn unknown(&mut self, section: &Section, prefix: &str, entry: &Entry) {
        let place = if prefix.is_empty() { "a spec".to_owned() } else { format!("`{prefix}`") };
        let names = || section.fields.iter().map(|field| field.name);
        // A file of nothing but unknown keys is no spec; comparing each with every name would take long.
        let key = if self.problems.len() < MOST_SUGGESTIONS { entry.key.replace('-', "_") } else { String::new() };
        let help = match suggest(&key, names()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("{place} has the fields {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.problems.push(
            Diagnostic::new(&codes::UNKNOWN_KEY, format!("{place} has no field {}", quote(&entry.key)))
                .label(entry.key_span, "unknown field")
                .help(help),
        );
    }

    fn field(&mut self, field: &'static Field, path: &str, node: &Node, key: Span) {
        if field.off && is_false(node) {
            return;
        }
        match &field.kind {
            Kind::Section(section) => self.section(section, path, node, key, field.off),
            Kind::SectionSet(section) => self.section_set(section, path, node, key),
            Kind::TextList(form) => self.list(path, node, |item| text_item(*form, item)),
            Kind::ChoiceList(words) => self.list(path, node, |item| choice_item(words, item)),
            _ => self.scalar(field, path, node),
        }
    }

    fn section(&mut self, section: &'static Section, path: &str, node: &Node, key: Span, marks: bool) {
        if marks {
            self.spec.insert(path.to_owned(), Value::Present, key);
        }
        let primary = section.fields.iter().find(|field| field.primary);
        match (&node.value, primary) {
            (Tree::Map(entries), _) => self.entries(section, path, entries),
            (Tree::Arguments(arguments, entries), primary) => {
                self.entries(section, path, entries);
                self.arguments(path, arguments, entries, primary, key);
            }
            (Tree::Null, _) | (Tree::List(_), None) => self.wrong_type(path, "a mapping of fields", node, None),
            (_, Some(primary)) => self.primary(primary, path, node),
            (_, None) => self.wrong_type(path, "a mapping of fields", node, None),
        }
    }

    /// A KDL node's arguments: the section's primary field, once.
    fn arguments(
        &mut self,
        path: &str,
        arguments: &[Node],
        entries: &[Entry],
        primary: Option<&'static Field>,
        key: Span,
    ) {
        match (arguments, primary) {
            ([], _) => {}
            ([argument], Some(primary)) => {
                let again = entries.iter().find(|entry| entry.key.replace('-', "_") == primary.name);
                if let Some(again) = again {
                    self.problems.push(
                        Diagnostic::new(
                            &codes::DUPLICATE_KEY,
                            format!("`{}` is given twice", join(path, primary.name)),
                        )
                        .label(again.key_span, "given again")
                        .label(argument.span, "first given here, as the node's argument"),
                    );
                } else {
                    self.primary(primary, path, argument);
                }
            }
            ([first, ..], _) => {
                let takes = if primary.is_some() { "one argument" } else { "no argument" };
                self.problems.push(
                    Diagnostic::new(&codes::WRONG_TYPE, format!("`{path}` takes {takes}"))
                        .label(arguments.last().unwrap_or(first).span, "one argument too many")
                        .label(key, ""),
                );
            }
        }
    }

    /// The section given as its primary field's value alone.
    fn primary(&mut self, primary: &'static Field, path: &str, node: &Node) {
        self.field(primary, &join(path, primary.name), node, node.span);
    }

    /// `targets`: a mapping whose members may be empty, or a list of names.
    fn section_set(&mut self, section: &'static Section, path: &str, node: &Node, key: Span) {
        let takes = matches!(node.value, Tree::Map(_) | Tree::List(_) | Tree::Arguments(..));
        if takes {
            self.spec.insert(path.to_owned(), Value::Present, key);
        }
        match &node.value {
            Tree::Map(entries) => self.members(section, path, entries),
            Tree::List(items) => self.names(section, path, items),
            Tree::Arguments(arguments, entries) => {
                self.names(section, path, arguments);
                self.members(section, path, entries);
            }
            _ => self.wrong_type(
                path,
                "a mapping or a list",
                node,
                Some("for example `targets: [c, python]`".to_owned()),
            ),
        }
    }

    fn members(&mut self, section: &'static Section, path: &str, entries: &[Entry]) {
        let (present, rest): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|entry| {
            let empty = matches!(&entry.value.value, Tree::Null | Tree::Boolean(true));
            empty && section.fields.iter().any(|field| field.name == entry.key)
        });
        let as_items: Vec<Node> =
            present.into_iter().map(|entry| Node { span: entry.key_span, value: Tree::Text(entry.key) }).collect();
        self.names(section, path, &as_items);
        for entry in &rest {
            if section.fields.iter().any(|field| field.name == entry.key) {
                self.member(path, &entry.key, entry.key_span);
            }
        }
        self.entries(section, path, &rest);
    }

    fn names(&mut self, section: &'static Section, path: &str, items: &[Node]) {
        let words: Vec<&str> = section.fields.iter().map(|field| field.name).collect();
        for item in items {
            match choice_item(&words, item) {
                Ok(word) => self.member(path, &word, item.span),
                Err(problem) => self.problems.push(problem(path)),
            }
        }
    }

    fn member(&mut self, path: &str, name: &str, span: Span) {
        let path = join(path, name);
        if let Some(first) = self.spec.span(&path) {
            let problem = Diagnostic::new(&codes::DUPLICATE_KEY, format!("`{path}` is given twice"))
                .label(span, "given again")
                .label(first, "first given here");
            self.problems.push(problem);
        }
        self.spec.insert(path, Value::Present, span);
    }

    fn list(&mut self, path: &str, node: &Node, read: impl Fn(&Node) -> Result<String, ItemProblem>) {
        let items = match &node.value {
            Tree::List(items) => items,
            Tree::Arguments(arguments, entries) if entries.is_empty() => arguments,
            _ => {
                let help = format!("write `{}: [...]`", last(path));
                return self.wrong_type(path, "a list", node, Some(help));
            }
        };
        let mut good: Vec<(String, Span)> = Vec::new();
        for item in items {
            match read(item) {
                Ok(text) => match good.iter().find(|(other, _)| *other == text) {
                    Some((_, first)) => self.problems.push(
                        Diagnostic::new(&codes::DUPLICATE_ITEM, format!("`{path}` holds {} twice", quote(&text)))
                            .label(item.span, "given again")
                            .label(*first, "first given here"),
                    ),
                    None => good.push((text, item.span)),
                },
                Err(problem) => self.problems.push(problem(path)),
            }
        }
        self.spec.insert(path.to_owned(), Value::List(good), node.span);
    }

    fn scalar(&mut self, field: &'static Field, path: &str, node: &Node) {
        let node = match &node.value {
            Tree::Arguments(arguments, entries) if arguments.len() == 1 && entries.is_empty() => &arguments[0],
            _ => node,
        };
        match read_scalar(&field.kind, path, node) {
            Ok(value) => self.spec.insert(path.to_owned(), value, node.span),
            Err(problem) => self.problems.push(*problem),
        }
    }

    fn wrong_type(&mut self, path: &str, expected: &str, node: &Node, help: Option<String>) {
        self.problems.push(*wrong_type(path, expected, node, help));
    }
}

type ItemProblem = Box<dyn Fn(&str) -> Diagnostic>;

fn read_scalar(kind: &Kind, path: &str, node: &Node) -> Result<Value, Box<Diagnostic>> {
    match (kind, &node.value) {
        (Kind::Boolean, Tree::Boolean(value)) => Ok(Value::Boolean(*value)),
        (Kind::Boolean, Tree::Text(text)) => Err(wrong_type(path, "`true` or `false`", node, boolean_help(text))),
        (Kind::Boolean, _) => Err(wrong_type(path, "`true` or `false`", node, None)),
        (Kind::Integer { min, max } | Kind::IntegerOr { min, max, .. }, Tree::Integer(number)) => {
            bounded(path, node, *number, *min, *max, |value| value.to_string())
        }
        (Kind::IntegerOr { word, .. }, Tree::Text(text)) if text == word => Ok(Value::Text(text.clone())),
        (Kind::IntegerOr { word, .. }, _) => Err(wrong_type(path, &format!("an integer or `{word}`"), node, None)),
        (Kind::Integer { .. }, Tree::Text(text)) => {
            let help = text.parse::<u64>().is_ok().then(|| format!("write {text} without quotes"));
            Err(wrong_type(path, "an integer", node, help))
        }
        (Kind::Integer { .. }, _) => Err(wrong_type(path, "an integer", node, None)),
        (Kind::Size { min, max }, Tree::Integer(number)) => bounded(path, node, *number, *min, *max, show_size),
        (Kind::Size { min, max }, Tree::Text(text)) => match size(text) {
            Some(bytes) => bounded(path, node, i128::from(bytes), *min, *max, show_size),
            None => Err(bad_size(path, node, text)),
        },
        (Kind::Size { .. }, _) => Err(wrong_type(path, "a size", node, Some("for example 64KiB".to_owned()))),
        (Kind::Duration { min, max }, Tree::Text(text)) => match duration(text) {
            Some(time) => bounded(path, node, i128::from(time), *min, *max, show_duration),
            None => Err(bad_duration(path, node, text)),
        },
        (Kind::Duration { .. }, Tree::Integer(number)) => Err(bare_duration(path, node, *number)),
        (Kind::Duration { .. }, _) => {
            Err(wrong_type(path, "a duration", node, Some("for example 30s; 0s is none".to_owned())))
        }
        (Kind::Choice(words), _) => {
            choice_item(words, node).map(Value::Text).map_err(|problem| Box::new(problem(path)))
        }
        (Kind::Text(form), _) => text_item(*form, node).map(Value::Text).map_err(|problem| Box::new(problem(path))),
        (Kind::TextList(_) | Kind::ChoiceList(_) | Kind::Section(_) | Kind::SectionSet(_), _) => Ok(Value::Present),
    }
}

fn bounded(
    path: &str,
    node: &Node,
    number: i128,
    min: u64,
    max: u64,
    show: fn(u64) -> String,
) -> Result<Value, Box<Diagnostic>> {
    match u64::try_from(number) {
        Ok(value) if (min..=max).contains(&value) => Ok(Value::Integer(value)),
        _ => {
            let bounds = match max {
                u64::MAX => format!("at least {}", show(min)),
                _ => format!("between {} and {}", show(min), show(max)),
            };
            let side = if number < i128::from(min) { "too small" } else { "too large" };
            Err(Box::new(Diagnostic::new(&codes::OUT_OF_RANGE, format!("`{path}` is {bounds}")).label(node.span, side)))
        }
    }
}

fn wrong_type(path: &str, expected: &str, node: &Node, help: Option<String>) -> Box<Diagnostic> {
    let mut problem = Diagnostic::new(&codes::WRONG_TYPE, format!("`{path}` takes {expected}"))
        .label(node.span, format!("this is {}", node.value.kind()));
    problem.help.extend(help);
    Box::new(problem)
}

fn bad_size(path: &str, node: &Node, text: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(&codes::BAD_SIZE, format!("`{path}` takes a size, {} is none", quote(text)))
            .label(node.span, "not a size")
            .help("write bytes as a number, or a number with B, kB, MB, GB, KiB, MiB or GiB: 64KiB"),
    )
}

fn bad_duration(path: &str, node: &Node, text: &str) -> Box<Diagnostic> {
    match text.parse::<i128>() {
        Ok(number) => bare_duration(path, node, number),
        Err(_) => Box::new(
            Diagnostic::new(&codes::BAD_DURATION, format!("`{path}` takes a duration, {} is none", quote(text)))
                .label(node.span, "not a duration")
                .help("write a whole number with ms, s, m or h: 250ms, 30s"),
        ),
    }
}

fn bare_duration(path: &str, node: &Node, number: i128) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(&codes::BAD_DURATION, format!("`{path}` needs a unit"))
            .label(node.span, "a bare number")
            .help(format!("{number} → {number}s or {number}ms?")),
    )
}

fn boolean_help(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let value = match &*lower {
        "yes" | "on" | "y" | "true" => "true",
        "no" | "off" | "n" | "false" => "false",
        _ => return None,
    };
    Some(format!("{} is a text; write `{value}`", quote(text)))
}

fn text_item(form: Form, node: &Node) -> Result<String, ItemProblem> {
    let node = node.clone();
    let Tree::Text(text) = &node.value else {
        let quoted = match &node.value {
            Tree::Integer(number) => Some(format!("put it in quotes: \"{number}\"")),
            Tree::Float(number) => Some(format!("put it in quotes: \"{number}\"")),
            Tree::Boolean(value) => Some(format!("put it in quotes: \"{value}\"")),
            _ => None,
        };
        return Err(Box::new(move |path| *wrong_type(path, "a text", &node, quoted.clone())));
    };
    match form.fault(text) {
        None => Ok(text.clone()),
        Some(rule) => Err(Box::new(move |path| {
            Diagnostic::new(&codes::BAD_TEXT, format!("`{path}` has a text of the wrong form"))
                .label(node.span, "not of this form")
                .help(rule)
        })),
    }
}

fn choice_item(words: &[&str], node: &Node) -> Result<String, ItemProblem> {
    let node = node.clone();
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    match &node.value {
        Tree::Text(text) if words.contains(text) => Ok(text.clone()),
        Tree::Text(text) => {
            let text = text.clone();
            Err(Box::new(move |path| {
                let mut problem =
                    Diagnostic::new(&codes::UNKNOWN_CHOICE, format!("`{path}` has no choice {}", quote(&text)))
                        .label(node.span, "not one of the choices");
                if let Some(word) = suggest(&text, words.iter().map(String::as_str)) {
                    problem = problem.help(format!("did you mean `{word}`?"));
                }
                problem.help(format!("choices: {}", words.join(", ")))
            }))
        }
        _ => Err(Box::new(move |path| {
            *wrong_type(path, "a word", &node, Some(format!("choices: {}", words.join(", "))))
        })),
    }
}

fn is_false(node: &Node) -> bool {
    match &node.value {
        Tree::Boolean(value) => !value,
        Tree::Arguments(arguments, entries) => {
            entries.is_empty() && matches!(&arguments[..], [Node { value: Tree::Boolean(false), .. }])
        }
        _ => false,
    }
}

/// In KDL a list may be several nodes of one name.
fn repeats(field: &Field, entry: &Entry) -> bool {
    matches!(field.kind, Kind::TextList(_) | Kind::ChoiceList(_)) && matches!(entry.value.value, Tree::Arguments(..))
}

fn merge_repeated(field: &Field, entries: &[Entry]) -> Option<Node> {
    let first = entries.first().filter(|entry| repeats(field, entry))?;
    let mut items = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key.replace('-', "_") == field.name) {
        match &entry.value.value {
            Tree::Arguments(arguments, properties) if properties.is_empty() => items.extend(arguments.iter().cloned()),
            _ => return None,
        }
    }
    Some(Node { span: first.value.span, value: Tree::List(items) })
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn required_help(name: &str) -> &'static str {
    match name {
        "specgen" => "begin with `specgen: 1`",
        "name" => "add `name: my-server`",
        "type" => "add `type: websocket`, `tcp` or `udp`",
        _ => "add `targets: [c, python, nodejs, rust]`, or some of them",
    }
}
