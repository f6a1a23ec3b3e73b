//! The runtime crate as one program needs it: without the modules, items and dependencies of features that it does not use.
//!
//! The crate's source says with `#[cfg(feature = "…")]` what belongs to which feature, and with `#[cfg(target_os = "…")]` what to which system,
//! each attribute on a line of its own above the item that it governs. What a program vendors has no features: attributes that hold are
//! taken off, those that do not go with their items, and of the others that is left which is decided where the program is compiled.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::condition::{Facts, Outcome, outcome};
use super::embedded;
use crate::model::Platform;
use crate::output::Text;

/// Paths below the crate's folder, and texts.
pub type Crate = Arc<[(String, Text)]>;

/// What the crate is made for.
type Wanted = (BTreeSet<&'static str>, Vec<Platform>);

/// The crate with these features and those that they imply, for these platforms. Programs that want the same share it.
pub fn with(features: BTreeSet<&'static str>, platforms: &[Platform]) -> Crate {
    static MADE: Mutex<BTreeMap<Wanted, Crate>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = (features, platforms.to_vec());
    match made.get(&wanted) {
        Some(found) => found.clone(),
        None => {
            let crate_ = make(&wanted.0, platforms);
            made.entry(wanted).or_insert(crate_).clone()
        }
    }
}

fn make(features: &BTreeSet<&'static str>, platforms: &[Platform]) -> Crate {
    let source = |path: &str| embedded::RUNTIME.iter().find(|(known, _)| *known == path).map(|(_, text)| *text);
    let manifest = source("Cargo.toml").unwrap_or_default();
    let enabled = Enabled::new(manifest, features, platforms);
    let mut files = vec![("Cargo.toml".to_owned(), Text::from(enabled.manifest(manifest)))];
    let mut waiting = vec!["src/lib.rs".to_owned()];
    while let Some(path) = waiting.pop() {
        let text = enabled.source(source(&path).unwrap_or_default());
        for module in modules(&text) {
            waiting.extend(candidates(&path, module).into_iter().filter(|path| source(path).is_some()));
        }
        files.push((path, Text::from(text)));
    }
    let others = embedded::RUNTIME.iter().filter(|(path, _)| !path.ends_with(".rs") && *path != "Cargo.toml");
    files.extend(others.map(|(path, text)| ((*path).to_owned(), Text::from(*text))));
    files.into()
}

/// The names in `mod name;`.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (before, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
        (before.is_empty() || before.starts_with("pub")).then_some(name)
    })
}

/// Where the source of a module declared in the file `path` may lie.
fn candidates(path: &str, module: &str) -> [String; 2] {
    let folder = match path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix("/lib.rs")) {
        Some(folder) => folder,
        None => path.trim_end_matches(".rs"),
    };
    [format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")]
}

/// Features, with what they imply, and the optional dependencies among it.
struct Enabled<'a> {
    /// Without what they imply.
    asked: BTreeSet<&'a str>,
    names: BTreeSet<&'a str>,
    known: BTreeSet<&'a str>,
    platforms: &'a [Platform],
}

impl<'a> Enabled<'a> {
    fn new(manifest: &'a str, features: &BTreeSet<&'a str>, platforms: &'a [Platform]) -> Self {
        let implied: BTreeMap<&str, Vec<&str>> = section(manifest, "[features]")
            .filter_map(|line| {
                let (name, list) = line.split_once(" = ")?;
                Some((name, list.split('"').skip(1).step_by(2).collect()))
            })
            .collect();
        let mut names = BTreeSet::new();
        let mut waiting: Vec<&str> = features.iter().copied().collect();
        while let Some(name) = waiting.pop() {
            if names.insert(name) {
                waiting.extend(implied.get(name).into_iter().flatten());
            }
        }
        if platforms == [Platform::Linux] {
            names.insert("linux-options");
        }
        Self { asked: features.clone(), names, known: implied.into_keys().collect(), platforms }
    }

    /// The manifest without features, and without the dependencies that none of them asks for or that are of other platforms. Its version
    /// names features and platforms: programs that are built in one target folder have their runtimes told apart by it, since cargo knows a
    /// path inside a workspace by its end alone.
    fn manifest(&self, text: &str) -> String {
        let systems =
            self.platforms.iter().filter(|_| self.platforms != [Platform::Linux]).map(|platform| platform.name());
        let asked: Vec<&str> = self.asked.iter().copied().chain(systems).collect();
        let text = self.with_all_dependencies(text);
        let mut result = String::new();
        let (mut heading, mut elsewhere) = ("", false);
        for line in text.lines() {
            if line.starts_with('[') {
                heading = line;
                elsewhere = self.outcome_of(heading) == Some(Outcome::Fails);
            }
            let optional = line.split_once(" = ").filter(|(_, rest)| rest.contains("optional = true"));
            let unused = optional.is_some_and(|(name, _)| !self.names.contains(&*format!("dep:{name}")));
            if heading != "[features]" && !unused && !elsewhere {
                let line = match line.strip_prefix("version = \"").and_then(|rest| rest.strip_suffix('"')) {
                    Some(version) => format!("version = \"{version}+{}\"", asked.join(".")),
                    None => plain_dependency(&self.dependency(line)),
                };
                result.push_str(&line);
                result.push('\n');
            }
        }
        result.truncate(result.trim_end().len());
        result + "\n"
    }

    /// The manifest with the dependencies of all platforms together, in the order of their names.
    fn with_all_dependencies(&self, text: &str) -> String {
        let everywhere = |heading: &&str| self.outcome_of(heading) == Some(Outcome::Holds);
        let headings: Vec<&str> = text.lines().filter(everywhere).collect();
        let parts: Vec<&str> =
            text.split("\n\n").filter(|part| !headings.iter().any(|heading| part.starts_with(heading))).collect();
        let further = headings.iter().flat_map(|heading| section(text, heading)).filter(|line| !line.is_empty());
        let mut all: Vec<&str> =
            section(text, "[dependencies]").filter(|line| !line.is_empty()).chain(further).collect();
        all.sort_unstable();
        let all = format!("[dependencies]\n{}", all.join("\n"));
        let parts = parts.into_iter().map(|part| if part.starts_with("[dependencies]") { &all } else { part });
        parts.collect::<Vec<_>>().join("\n\n")
    }

    /// What the condition of a section of the manifest comes to, if it has one.
    fn outcome_of(&self, heading: &str) -> Option<Outcome> {
        let (condition, _) = heading.strip_prefix("[target.'cfg(")?.split_once(")'")?;
        Some(self.outcome(condition))
    }

    /// A dependency that is no longer optional, with the features of its own that are asked for.
    fn dependency(&self, line: &str) -> String {
        let mut line = line.replace(", optional = true", "");
        for (name, feature) in self.names.iter().filter_map(|name| name.split_once("?/")) {
            if line.starts_with(&format!("{name} = ")) {
                line = line.replacen("\"]", &format!("\", \"{feature}\"]"), 1);
            }
        }
        line
    }

    /// A source file without what these features and platforms leave out.
    fn source(&self, text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let mut kept: Vec<Cow<'_, str>> = Vec::with_capacity(lines.len());
        let mut next = 0;
        while next < lines.len() {
            let line = lines[next];
            next += 1;
            match condition(line).map(|condition| self.outcome(condition)) {
                None => keep(&mut kept, Cow::Borrowed(line)),
                Some(Outcome::Holds) => {}
                Some(Outcome::Open(rest)) => {
                    keep(&mut kept, Cow::Owned(format!("{}#[cfg({rest})]", " ".repeat(indent(line)))));
                }
                Some(Outcome::Fails) => {
                    let indent = indent(line);
                    while kept.last().is_some_and(|line| describes(line, indent)) {
                        kept.pop();
                    }
                    next = end_of_item(&lines, next, indent);
                }
            }
        }
        while kept.last().is_some_and(|line| line.is_empty()) {
            kept.pop();
        }
        kept.iter().flat_map(|line| [&**line, "\n"]).collect()
    }

    fn outcome(&self, condition: &str) -> Outcome {
        let feature = |name: &str| {
            assert!(self.known.contains(name), "the runtime crate has no feature {name}");
            self.names.contains(name)
        };
        outcome(condition, &Facts { feature: &feature, platforms: self.platforms })
    }
}

/// The lines below a heading, up to the next one.
fn section<'a>(text: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    text.lines().skip_while(move |line| *line != heading).skip(1).take_while(|line| !line.starts_with('['))
}

/// A dependency whose version is all that is left is written as this alone.
fn plain_dependency(line: &str) -> String {
    match line.split_once(" = { version = ").and_then(|(name, rest)| Some((name, rest.strip_suffix(" }")?))) {
        Some((name, version)) if !version.contains(',') => format!("{name} = {version}"),
        _ => line.to_owned(),
    }
}

/// What is in the brackets of a line that is a `cfg` attribute.
fn condition(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("#[cfg(")?.strip_suffix(")]")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a line above an attribute belongs to the attribute's item.
fn describes(line: &str, at: usize) -> bool {
    let code = line.trim_start();
    indent(line) == at && (code.starts_with("///") || code.starts_with("#["))
}

/// The first line behind the item that begins at `start`: outside of brackets it ends with a semicolon, a comma or a closing brace, or in
/// front of a line that is indented less.
fn end_of_item(lines: &[&str], start: usize, at: usize) -> usize {
    let (mut depth, mut bounds) = (0, false);
    for (next, line) in lines.iter().enumerate().skip(start) {
        let code = line.trim_start();
        if !code.is_empty() && indent(line) < at {
            return next;
        }
        if code.starts_with("#[") || code.starts_with("//") {
            continue;
        }
        depth += depth_behind(code);
        // Commas of a `where` clause separate its bounds.
        bounds |= code == "where";
        if depth == 0 && (code.ends_with(';') || code.ends_with('}') || code.ends_with(',') && !bounds) {
            return next + 1;
        }
    }
    lines.len()
}

/// How many brackets a line leaves open, or closes; those in texts, characters and comments are none.
fn depth_behind(code: &str) -> i32 {
    let mut depth = 0;
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'', '/', '(', '[', '{', ')', ']', '}']) {
        let (sign, behind) = (rest.as_bytes()[at], &rest[at + 1..]);
        rest = match sign {
            b'"' => behind_text(behind),
            b'\'' => behind_character(behind),
            b'/' if behind.starts_with('/') => "",
            _ => behind,
        };
        depth += match sign {
            b'(' | b'[' | b'{' => 1,
            b')' | b']' | b'}' => -1,
            _ => 0,
        };
    }
    depth
}

fn behind_text(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|character| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    });
    end.map_or("", |end| &text[end + 1..])
}

/// Behind `'x'` or `'\n'`; a lifetime has no end.
fn behind_character(text: &str) -> &str {
    let escape = usize::from(text.starts_with('\\'));
    let width = text[escape..].chars().next().map_or(0, char::len_utf8);
    text[escape + width..].strip_prefix('\'').unwrap_or(text)
}

/// Blank lines that met become one, and none begins or ends a block.
fn keep<'a>(kept: &mut Vec<Cow<'a, str>>, line: Cow<'a, str>) {
    let last = kept.last().map(|line| &**line);
    if line.is_empty() && last.is_none_or(|last| last.is_empty() || last.ends_with('{')) {
        return;
    }
    if line.trim_start().starts_with('}') && last == Some("") {
        kept.pop();
    }
    kept.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"[package]
name = "x"
version = "1.2.3"

[features]
default = []
# A comment.
tls = ["server", "dep:rustls"]
tls12 = ["rustls?/tls12", "tls"]
server = ["dep:libc"]
udp = []

[dependencies]
libc = { version = "0.2", optional = true }
memchr = { version = "2", optional = true }
rustls = { version = "0.23", default-features = false, features = ["std"], optional = true }

[target.'cfg(windows)'.dependencies]
windows-sys = "0.61"
"#;

    fn source(text: &str, features: &[&'static str]) -> String {
        Enabled::new(MANIFEST, &features.iter().copied().collect(), &[Platform::Linux]).source(text)
    }

    #[test]
    fn a_manifest_loses_features_and_what_they_do_not_ask_for() {
        let enabled = Enabled::new(MANIFEST, &BTreeSet::from(["udp", "tls12"]), &[Platform::Linux]);
        let expected = "[package]\nname = \"x\"\nversion = \"1.2.3+tls12.udp\"\n\n[dependencies]\nlibc = \"0.2\"\nrustls = { version = \"0.23\", default-features = false, features = [\"std\", \"tls12\"] }\n";
        assert_eq!(enabled.manifest(MANIFEST), expected);
    }

    #[test]
    fn items_go_with_what_describes_them() {
        let text = "\
use a;
#[cfg(feature = \"tls\")]
use b::{
    c,
};

/// Before.
#[derive(Debug)]
#[cfg(feature = \"udp\")]
#[allow(x)]
pub fn f(
    a: A,
) -> B {
    g();
}

/// After.
struct S {
    /// Gone.
    #[cfg(not(feature = \"server\"))]
    gone: u8,

    #[cfg(any(feature = \"udp\", test))]
    kept: u8,

    #[cfg(feature = \"udp\")]
    last: u8,
}

#[cfg(feature = \"udp\")]
fn g() {}
";
        let expected = "\
use a;
use b::{
    c,
};

/// After.
struct S {
    #[cfg(test)]
    kept: u8,
}
";
        assert_eq!(source(text, &["tls"]), expected);
    }

    #[test]
    fn statements_and_arms_go_alone() {
        let text = "\
fn f() {
    #[cfg(feature = \"tls\")]
    if a {
        b();
    } else {
        c();
    }
    match d {
        #[cfg(feature = \"tls\")]
        E::F { g } => h(g),
        #[cfg(not(feature = \"tls\"))]
        E::I => {}
        _ => j,
    }
    #[cfg(feature = \"tls\")]
    k()
}
";
        let expected = "fn f() {\n    match d {\n        E::I => {}\n        _ => j,\n    }\n}\n";
        assert_eq!(source(text, &[]), expected);
    }

    #[test]
    fn items_end_where_brackets_are_closed() {
        let text = "\
impl A {
    #[cfg(feature = \"tls\")]
    const B: Self =
        Self { c: \"}\", d: '{' };
    #[cfg(feature = \"tls\")]
    fn f<'a, T>(&'a self) -> T
    where
        T: D,
        T: E<'a>,
    {
        let g = [']', '\\'']; // }
    }
    fn h() {
        #[cfg(feature = \"tls\")]
        let i = j
            .k(|| {
                l();
            })
            .m();
        n();
    }
}
";
        assert_eq!(source(text, &[]), "impl A {\n    fn h() {\n        n();\n    }\n}\n");
    }

    #[test]
    fn modules_lie_where_the_language_says() {
        assert_eq!(
            modules("mod a;\npub mod b;\n    mod c;\npub(crate) mod d;\nmod e {\n").collect::<Vec<_>>(),
            ["a", "b", "d"]
        );
        assert_eq!(candidates("src/lib.rs", "a"), ["src/a.rs", "src/a/mod.rs"]);
        assert_eq!(candidates("src/x/mod.rs", "a"), ["src/x/a.rs", "src/x/a/mod.rs"]);
        assert_eq!(candidates("src/x.rs", "a"), ["src/x/a.rs", "src/x/a/mod.rs"]);
    }

    #[test]
    fn nothing_of_features_is_left() {
        for features in [BTreeSet::from(["websocket", "epoll"]), BTreeSet::from(["udp", "tokio"])] {
            for (path, text) in with(features, &[Platform::Linux]).iter() {
                assert!(!text.contains("feature = \""), "{path}:\n{}", &**text);
            }
        }
    }

    /// A program for one system knows no other, and none of a system that it is not for.
    #[test]
    fn nothing_of_other_systems_is_left() {
        let systems = [
            (Platform::Linux, ["macOS", "macos", "BSD", "bsd", "kqueue", "Windows"], "epoll"),
            (Platform::Macos, ["linux", "Linux", "BSD", "bsd", "epoll", "Windows"], "kqueue"),
        ];
        for (platform, others, model) in systems {
            for (path, text) in with(BTreeSet::from(["websocket", "udp", model]), &[platform]).iter() {
                assert!(!text.contains("target_os"), "{path}:\n{}", &**text);
                let found = others.iter().find(|other| path.contains(*other) || text.contains(*other));
                let line = text.lines().find(|line| found.is_some_and(|found| line.contains(found)));
                assert_eq!((found, line), (None, None), "{path}");
            }
        }
    }
}
