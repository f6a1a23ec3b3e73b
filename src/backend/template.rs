//! Programs from templates that are programs themselves.
//!
//! Directives are comment lines (`//% if compression`, `#% endif`); values enter where a line of a config file ends in a comment that names
//! one (`PORT = 8080; //= port`): the sample is replaced. Documents (Markdown, JSON, TOML) take `{{ name }}`.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Object;
use minijinja::{Environment, Expression, UndefinedBehavior};

use super::imports;
use super::literal::{self, Syntax};
use crate::output::{FileMap, Owner, Text};
use crate::plan::{Context, Literal};

/// One language's templates.
pub struct Templates {
    /// The embedded files, by path.
    pub files: &'static [(&'static str, &'static str)],
    /// Files that only some programs have, with the condition that brings them in, in the words of directives.
    pub conditional: &'static [(&'static str, &'static str)],
    /// Folders of files that take their places, and those of others, in some programs: `tcp/src/main.c` is `src/main.c` where the
    /// condition of `tcp/` holds. Later ones go before earlier ones.
    pub overlays: &'static [(&'static str, &'static str)],
    /// Files that belong to the user once they are written.
    pub user_owned: &'static [&'static str],
    /// Files that exist for the templates alone.
    pub left_out: &'static [&'static str],
    /// How values are written in the language's config file.
    pub syntax: Syntax,
    /// Compiled templates, made at first use.
    pub compiled: OnceLock<Compiled>,
}

/// Parsed templates by the comment that their directives begin with.
pub struct Compiled {
    slashes: Environment<'static>,
    hashes: Environment<'static>,
    documents: Environment<'static>,
    /// Files that are the same in every program.
    plain: BTreeMap<&'static str, Text>,
    /// Files that only flags decide on, by path.
    programs: BTreeMap<&'static str, ByFlags<Text>>,
    /// The conditions that bring files in.
    conditions: BTreeMap<&'static str, ByFlags<bool>>,
}

/// What follows from some flags, so that many specs work it out once.
struct ByFlags<T> {
    flags: Vec<String>,
    known: Mutex<BTreeMap<Vec<minijinja::Value>, T>>,
}

/// So many results for one set of flags are kept.
const RESULTS: usize = 64;

impl<T: Clone> ByFlags<T> {
    fn new(flags: HashSet<String>) -> Self {
        Self { flags: flags.into_iter().collect(), known: Mutex::default() }
    }

    fn get(&self, data: &minijinja::Value, work_out: impl FnOnce() -> T) -> T {
        let flags: Vec<_> = self.flags.iter().map(|flag| data.get_attr(flag).unwrap_or_default()).collect();
        let known = |results: &BTreeMap<_, T>| results.get(&flags).cloned();
        if let Some(result) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return result;
        }
        let result = work_out();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == RESULTS {
            known.clear();
        }
        known.insert(flags, result.clone());
        result
    }
}

/// How a file's directives and values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Slashes,
    Hashes,
    Document,
}

impl Style {
    fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.').map_or(name, |(_, extension)| extension) {
            "md" | "json" => Self::Document,
            "toml" if !path.contains("config") => Self::Document,
            "py" | "Makefile" | "clang-format" | "clang-tidy" | "gitignore" | "yaml" => Self::Hashes,
            _ => Self::Slashes,
        }
    }

    fn comment(self) -> &'static str {
        if self == Self::Slashes { "//" } else { "#" }
    }
}

impl Templates {
    /// Renders every file that the context asks for into `files`.
    pub fn render(&self, context: Context, files: &mut FileMap) {
        let compiled = self.compiled.get_or_init(|| self.compile());
        let context = Arc::new(context);
        let data = minijinja::Value::from_dyn_object(context.clone());
        let overlays = self.overlays.iter().filter(|(_, condition)| compiled.holds(condition, &data));
        for folder in std::iter::once("").chain(overlays.map(|(folder, _)| *folder)) {
            for (path, _) in self.files.iter().filter(|(path, _)| self.folder(path) == folder) {
                if !self.is_left_out(compiled, path, &data) {
                    self.place(&path[folder.len()..], path, &context, &data, files);
                }
            }
        }
    }

    /// The overlay that a file lies in, or nothing.
    fn folder(&self, path: &str) -> &'static str {
        self.overlays.iter().map(|(folder, _)| *folder).find(|folder| path.starts_with(folder)).unwrap_or("")
    }

    fn is_left_out(&self, compiled: &Compiled, path: &str, data: &minijinja::Value) -> bool {
        self.left_out.iter().any(|left_out| path.starts_with(left_out))
            || self
                .conditional
                .iter()
                .any(|(conditional, condition)| path == *conditional && !compiled.holds(condition, data))
    }

    fn place(&self, place: &str, path: &str, context: &Context, data: &minijinja::Value, files: &mut FileMap) {
        let owner = if self.user_owned.contains(&place) { Owner::User } else { Owner::Generated };
        let compiled = self.compiled.get_or_init(|| self.compile());
        let render = || self.render_one(compiled, path, data, context);
        let text = match (compiled.plain.get(path), compiled.programs.get(path)) {
            (Some(text), _) => text.clone(),
            (None, Some(program)) => program.get(data, || render().into()),
            (None, None) => render().into(),
        };
        files.insert(place, text, owner);
    }

    fn render_one(&self, compiled: &Compiled, path: &str, data: &minijinja::Value, context: &Context) -> String {
        let style = Style::of(path);
        let text = compiled
            .of(style)
            .get_template(path)
            .and_then(|template| template.render(data))
            .unwrap_or_else(|error| panic!("template {path}: {error:#}"));
        let text = if style == Style::Slashes { single_blank_lines(&text) } else { text };
        let text = imports::merged(path, text);
        if is_config(path) { self.fill_in(&text, style, path, context) } else { text }
    }

    /// Replaces the sample of every line that names a value.
    fn fill_in(&self, text: &str, style: Style, path: &str, context: &Context) -> String {
        let marker = format!("{}= ", style.comment());
        let syntax = if path.ends_with("Makefile") { Syntax::Make } else { self.syntax };
        let mut result = String::with_capacity(text.len());
        for line in text.lines() {
            match line.rsplit_once(&marker).and_then(|(code, name)| Some((sample(code.trim_end())?, name.trim()))) {
                Some(((prefix, suffix), name)) => {
                    let value = context.values.get(name).unwrap_or_else(|| panic!("{path}: no value `{name}`"));
                    result.push_str(&literal::assignment(syntax, prefix, value, suffix));
                }
                None => result.push_str(line),
            }
            result.push('\n');
        }
        result
    }

    fn compile(&self) -> Compiled {
        let mut compiled = Compiled {
            slashes: program_environment("//%"),
            hashes: program_environment("#%"),
            documents: document_environment(),
            plain: BTreeMap::new(),
            programs: BTreeMap::new(),
            conditions: BTreeMap::new(),
        };
        for (path, text) in self.files.iter().copied() {
            if is_plain(path, text) {
                compiled.plain.insert(path, text.into());
                continue;
            }
            let environment = match Style::of(path) {
                Style::Slashes => &mut compiled.slashes,
                Style::Hashes => &mut compiled.hashes,
                Style::Document => &mut compiled.documents,
            };
            if let Err(error) = environment.add_template(path, text) {
                panic!("template {path}: {error:#}");
            }
            if Style::of(path) != Style::Document && !is_config(path) {
                let flags = environment.get_template(path).map(|template| template.undeclared_variables(false));
                compiled.programs.insert(path, ByFlags::new(flags.unwrap_or_default()));
            }
        }
        for (_, condition) in self.conditional.iter().chain(self.overlays) {
            let flags = compiled.expression(condition).undeclared_variables(false);
            compiled.conditions.insert(condition, ByFlags::new(flags));
        }
        compiled
    }
}

impl Compiled {
    /// Whether a condition in the words of directives is true.
    fn holds(&self, condition: &str, data: &minijinja::Value) -> bool {
        self.conditions[condition].get(data, || {
            self.expression(condition)
                .eval(data.clone())
                .unwrap_or_else(|error| panic!("condition {condition}: {error:#}"))
                .is_true()
        })
    }

    fn expression<'a>(&'a self, condition: &'a str) -> Expression<'a, 'a> {
        let expression = self.slashes.compile_expression(condition);
        expression.unwrap_or_else(|error| panic!("condition {condition}: {error:#}"))
    }

    fn of(&self, style: Style) -> &Environment<'static> {
        match style {
            Style::Slashes => &self.slashes,
            Style::Hashes => &self.hashes,
            Style::Document => &self.documents,
        }
    }
}

/// Where directives vanish, the blank lines around them meet; formatters leave one. None begins or ends a file or a block.
pub(super) fn single_blank_lines(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.lines() {
        let after_opening = result.is_empty() || result.ends_with("\n\n") || result.ends_with("{\n");
        if line.is_empty() && after_opening {
            continue;
        }
        if line.trim_start().starts_with('}') && result.ends_with("\n\n") {
            result.pop();
        }
        result.push_str(line);
        result.push('\n');
    }
    while result.ends_with("\n\n") {
        result.pop();
    }
    result
}

/// The parts of a line in front of and behind its sample: `NAME = 1;`, `name: 1,` or `#define NAME 1`.
fn sample(code: &str) -> Option<(&str, &str)> {
    let suffix = [";", ","].into_iter().find(|end| code.ends_with(end)).unwrap_or("");
    let equals = [" := ", " = "].iter().filter_map(|sign| code.find(sign).map(|at| at + sign.len())).min();
    let field = || code.ends_with(',').then(|| code.find(": ").map(|at| at + 2)).flatten();
    let start = equals.or_else(field).or_else(|| {
        let name = code.strip_prefix("#define ")?;
        Some("#define ".len() + name.find(' ')? + 1)
    })?;
    Some((&code[..start], suffix))
}

/// A text without directives and values is taken as it is.
fn is_plain(path: &str, text: &str) -> bool {
    match Style::of(path) {
        Style::Slashes => !text.contains("//%") && !is_config(path),
        Style::Hashes => !text.contains("#%") && !is_config(path),
        Style::Document => ["{{", "{%", "#%"].iter().all(|sign| !text.contains(sign)),
    }
}

fn is_config(path: &str) -> bool {
    ["config.h", "config.py", "config.js", "config.rs", "tests/smoke.rs", "Makefile"]
        .iter()
        .any(|name| path.ends_with(name))
}

/// No delimiter but the line statement's prefix can occur in a program.
fn program_environment(prefix: &'static str) -> Environment<'static> {
    let syntax = SyntaxConfig::builder()
        .line_statement_prefix(prefix)
        .block_delimiters("\u{1}%", "%\u{1}")
        .variable_delimiters("\u{1}{", "}\u{1}")
        .comment_delimiters("\u{1}#", "#\u{1}")
        .keep_trailing_newline(true)
        .build();
    environment(syntax)
}

fn document_environment() -> Environment<'static> {
    let syntax = SyntaxConfig::builder()
        .line_statement_prefix("#%")
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    let mut environment = environment(syntax);
    environment.add_filter("quoted", |text: String| literal::json_text(&text));
    environment.add_filter("md", |text: String| literal::markdown_text(&text));
    environment
}

fn environment(syntax: Result<SyntaxConfig, minijinja::Error>) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_syntax(syntax.unwrap_or_else(|error| panic!("template syntax: {error}")));
    environment
}

/// Flags and values side by side, as templates see them.
impl Object for Context {
    fn get_value(self: &Arc<Self>, name: &minijinja::Value) -> Option<minijinja::Value> {
        let name = name.as_str()?;
        self.flags.get(name).map(|flag| (*flag).into()).or_else(|| self.values.get(name).map(value))
    }
}

fn value(literal: &Literal) -> minijinja::Value {
    match literal {
        Literal::Boolean(value) => (*value).into(),
        Literal::Integer(number) => (*number).into(),
        Literal::Text(text) | Literal::Word(text) => text.as_str().into(),
        Literal::List(items) => items.iter().cloned().collect(),
    }
}
