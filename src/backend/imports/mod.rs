//! Imports: a template names what each of its features needs in a statement of its own; a program has one for each module.

mod javascript;
mod rust;

use std::collections::BTreeMap;

/// Names of a module, and the lines that import them.
struct Import<'a> {
    names: Vec<&'a str>,
    /// As it is written.
    module: &'a str,
    first: usize,
    last: usize,
}

/// How a language imports.
struct Language {
    /// The statements at the top that import names, and nothing else.
    read: for<'a> fn(&[&'a str]) -> Vec<Import<'a>>,
    /// The statement that imports these names, as the language's formatter leaves it.
    write: fn(&[&str], &str) -> String,
}

/// The same file, with one statement for all that is imported of a module by name.
pub fn merged(path: &str, text: String) -> String {
    match path.rsplit_once('.') {
        Some((_, "js")) => merge(&text, &javascript::LANGUAGE),
        Some((_, "rs")) => merge(&text, &rust::LANGUAGE),
        _ => text,
    }
}

fn merge(text: &str, language: &Language) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let imports = (language.read)(&lines);
    let mut modules: BTreeMap<&str, Vec<&Import<'_>>> = BTreeMap::new();
    for import in &imports {
        modules.entry(import.module).or_default().push(import);
    }
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for import in &imports {
        let all = &modules[import.module];
        if all.len() == 1 {
            continue;
        }
        push(&mut result, &lines[at..import.first]);
        at = import.last + 1;
        // Behind what a module's statement under an attribute says: formatters put lists last.
        if all.last().is_some_and(|last| last.first == import.first) {
            let names: Vec<&str> = all.iter().flat_map(|import| import.names.iter().copied()).collect();
            result.push_str(&(language.write)(&names, import.module));
        }
    }
    push(&mut result, &lines[at..]);
    result
}

fn push(result: &mut String, lines: &[&str]) {
    for line in lines {
        result.push_str(line);
        result.push('\n');
    }
}

/// Statements among the first lines: `begins` tells them, a semicolon ends them. What
/// stands under an attribute depends on something and is left out. Anything but these, comments and empty lines is code.
fn statements<'l, 'a>(lines: &'l [&'a str], begins: fn(&str) -> bool) -> Vec<(usize, &'l [&'a str])> {
    let mut statements = Vec::new();
    let (mut at, mut depends) = (0, false);
    while let Some(line) = lines.get(at) {
        let mut next = at + 1;
        if begins(line) {
            let Some(end) = lines[at..].iter().position(|line| line.ends_with(';')) else { break };
            next += end;
            if !depends {
                statements.push((at, &lines[at..next]));
            }
        } else if !line.is_empty() && !line.starts_with("//") && !line.starts_with("#[") {
            break;
        }
        depends = line.starts_with("#[");
        at = next;
    }
    statements
}

/// What stands between commas.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}
