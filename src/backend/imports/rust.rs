//! `use a::{B, C};`

use std::collections::BTreeSet;

use super::{Import, Language, names, statements};

pub const LANGUAGE: Language = Language { read, write };

/// As rustfmt has it (rustfmt.toml).
const COLUMNS: usize = 100;
/// It fills lists up to one column less.
const FILLED: usize = COLUMNS - 1;

fn read<'a>(lines: &[&'a str]) -> Vec<Import<'a>> {
    let statements = statements(lines, |line| line.starts_with("use "));
    statements.into_iter().filter_map(|(first, lines)| import(lines, first)).collect()
}

fn import<'a>(lines: &[&'a str], first: usize) -> Option<Import<'a>> {
    let [line] = lines else { return None };
    let (module, end) = line.strip_prefix("use ")?.strip_suffix(';')?.split_once("::")?;
    let list = match end.strip_prefix('{') {
        Some(list) => list.strip_suffix('}')?,
        None => end,
    };
    let is_plain = !list.contains(['{', ':', '*']);
    is_plain.then(|| Import { names: names(list).collect(), module, first, last: first })
}

/// Names stand in the order of their bytes, as many on a line as fit.
fn write(names: &[&str], module: &str) -> String {
    let names: Vec<&str> = names.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let line = format!("use {module}::{{{}}};\n", names.join(", "));
    if line.len() <= COLUMNS + 1 {
        return line;
    }
    let mut text = format!("use {module}::{{\n   ");
    let mut column = 3;
    for name in names {
        if column + name.len() + 2 > FILLED {
            text.push_str("\n   ");
            column = 3;
        }
        text.push_str(&format!(" {name},"));
        column += name.len() + 2;
    }
    text + "\n};\n"
}

#[cfg(test)]
mod tests {
    use crate::backend::imports::merged;

    fn merge(text: &str) -> String {
        merged("x.rs", text.to_owned())
    }

    #[test]
    fn names_of_one_crate_come_together() {
        let text =
            "//! What it is.\n\nuse a::b::D;\nuse a::C;\nuse a::{B, f};\nuse std::mem;\n\nfn g() {\n    use a::Z;\n}\n";
        let wanted =
            "//! What it is.\n\nuse a::b::D;\nuse a::{B, C, f};\nuse std::mem;\n\nfn g() {\n    use a::Z;\n}\n";
        assert_eq!(merge(text), wanted);
        assert_eq!(merge(wanted), wanted);
    }

    #[test]
    fn what_depends_on_something_stays() {
        let text = "use a::B;\nuse a::C;\n#[cfg(unix)]\nuse a::D;\nuse a::{E, F};\n";
        assert_eq!(merge(text), "#[cfg(unix)]\nuse a::D;\nuse a::{B, C, E, F};\n");
    }

    #[test]
    fn long_statements_are_filled() {
        let names: Vec<String> = (10..30).map(|number| format!("Name{number}")).collect();
        let text: String = names.iter().map(|name| format!("use a::{name};\n")).collect();
        let (first, second) = names.split_at(12);
        let wanted = format!("use a::{{\n    {},\n    {},\n}};\n", first.join(", "), second.join(", "));
        assert_eq!(merge(&text), wanted);
    }
}
