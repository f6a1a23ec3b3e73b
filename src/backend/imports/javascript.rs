//! `import { a, b } from "./c.js";`

use std::collections::BTreeSet;

use super::{Import, Language, names, statements};

pub const LANGUAGE: Language = Language { read, write };

/// As Prettier has it (package.json).
const COLUMNS: usize = 100;

fn read<'a>(lines: &[&'a str]) -> Vec<Import<'a>> {
    let statements = statements(lines, |line| line.starts_with("import "));
    statements.into_iter().filter_map(|(first, lines)| import(lines, first)).collect()
}

fn import<'a>(lines: &[&'a str], first: usize) -> Option<Import<'a>> {
    let (last, others) = lines.split_last()?;
    lines.first()?.strip_prefix("import {")?;
    let (end, module) = last.trim_end_matches(';').split_once("} from ")?;
    let parts = others.iter().copied().chain([end]).map(|line| line.strip_prefix("import {").unwrap_or(line));
    Some(Import { names: parts.flat_map(names).collect(), module, first, last: first + others.len() })
}

/// Names stand in the order of the alphabet, on one line if they fit.
fn write(names: &[&str], module: &str) -> String {
    let names: BTreeSet<(String, &str)> = names.iter().map(|name| (name.to_ascii_lowercase(), *name)).collect();
    let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
    let line = format!("import {{ {} }} from {module};", names.join(", "));
    if line.len() <= COLUMNS {
        return line + "\n";
    }
    let names: String = names.iter().map(|name| format!("  {name},\n")).collect();
    format!("import {{\n{names}}} from {module};\n")
}

#[cfg(test)]
mod tests {
    use crate::backend::imports::merged;

    fn merge(text: &str) -> String {
        merged("x.js", text.to_owned())
    }

    #[test]
    fn names_of_one_module_come_together() {
        let code = "const text = `\nimport { z } from \"./x.js\";\n`;\n";
        let text = "// What it is.\nimport net from \"node:net\";\n\nimport { b } from \"./x.js\";\nimport { y } from \"./y.js\";\n\
                    import {\n  C,\n  a as first,\n} from \"./x.js\";\nimport * as x from \"./x.js\";\n\n";
        let wanted = "// What it is.\nimport net from \"node:net\";\n\nimport { y } from \"./y.js\";\n\
                      import { a as first, b, C } from \"./x.js\";\nimport * as x from \"./x.js\";\n\n";
        assert_eq!(merge(&format!("{text}{code}")), format!("{wanted}{code}"));
        assert_eq!(merge(&format!("{wanted}{code}")), format!("{wanted}{code}"));
    }

    #[test]
    fn long_statements_are_broken() {
        let name = "a".repeat(60);
        let text = format!("import {{ {name} }} from \"./x.js\";\nimport {{ {name}b }} from \"./x.js\";\n");
        assert_eq!(merge(&text), format!("import {{\n  {name},\n  {name}b,\n}} from \"./x.js\";\n"));
    }
}
