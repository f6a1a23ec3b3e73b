//! A C program as one file, from the files that it has in a folder.

mod condition;
mod head;
mod part;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use condition::{Condition, Places};
use head::Build;
use part::{Included, Part};

use super::template::single_blank_lines;
use crate::model::{Model, TargetPlan};
use crate::output::FileMap;

/// Where sources stand in the file, by how their paths below `src` begin; the others go before them.
const ROOMS: [&str; 5] = ["windows/", "protocol/", "transport/", "app/", "main.c"];

/// Headers that others need before them.
const FIRST: [&str; 2] = ["winsock2.h", "ws2tcpip.h"];

/// A program as one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneFile {
    /// All of it.
    pub text: String,
    /// What compiles it, in its folder.
    pub command: String,
    /// What that makes.
    pub program: String,
}

/// One file of that name.
pub fn generate(model: &Model, plan: &TargetPlan, files: &FileMap, name: &str) -> OneFile {
    let build = Build { makefile: files.get("Makefile").map_or("", |file| &*file.contents), model, plan };
    let program = Program::read(files, build.windows_alone());
    let mut text = build.comment(name) + &build.definitions() + &program.system_headers();
    for path in program.order() {
        text += &program.section(path);
    }
    let stem = head::stem(name);
    let command = build.command(stem, build.windows_alone());
    let end = if build.windows_alone() { ".exe" } else { "" };
    OneFile { text: single_blank_lines(&text), command, program: format!("{stem}{end}") }
}

/// The files of a program and where they are compiled.
struct Program<'a> {
    /// By their paths below `src`.
    files: BTreeMap<&'a str, &'a str>,
    windows_alone: bool,
    headers: BTreeMap<&'a str, Places>,
    system: BTreeMap<&'a str, Places>,
    definitions: BTreeMap<&'a str, Places>,
}

impl<'a> Program<'a> {
    fn read(files: &'a FileMap, windows_alone: bool) -> Self {
        let sources = files.iter().filter_map(|(path, file)| Some((path.strip_prefix("src/")?, &*file.contents)));
        let mut program = Program {
            files: sources.filter(|(path, _)| path.ends_with(".c") || path.ends_with(".h")).collect(),
            windows_alone,
            headers: BTreeMap::new(),
            system: BTreeMap::new(),
            definitions: BTreeMap::new(),
        };
        program.follow();
        program
    }

    /// Finds out where each header is wanted.
    fn follow(&mut self) {
        let mut waiting: Vec<(&str, Condition)> = self.sources().map(|path| (path, Condition::default())).collect();
        let mut seen = BTreeSet::new();
        while let Some((path, condition)) = waiting.pop() {
            if !seen.insert((path, condition.clone())) {
                continue;
            }
            let part = self.part(path);
            let both = |inside: Condition| condition.and(&inside);
            for (line, both) in part.definitions.into_iter().filter_map(|(line, inside)| Some((line, both(inside)?))) {
                self.definitions.entry(line).or_default().add(both);
            }
            for (included, both) in part.includes.into_iter().filter_map(|(line, inside)| Some((line, both(inside)?))) {
                self.include(included, both, &mut waiting);
            }
        }
    }

    fn include(&mut self, included: Included<'a>, condition: Condition, waiting: &mut Vec<(&'a str, Condition)>) {
        let (own, theirs) = self.sides(included, condition);
        if let (Some(path), Some(condition)) = (self.instead(included), own) {
            self.headers.entry(path).or_default().add(condition.clone());
            waiting.push((path, condition));
        }
        if let (Included::System(name) | Included::Next(name), Some(condition)) = (included, theirs) {
            self.system.entry(name).or_default().add(condition);
        }
    }

    /// Where an include reads the program's own file, and where the system's.
    fn sides(&self, included: Included<'a>, condition: Condition) -> (Option<Condition>, Option<Condition>) {
        match (included, self.instead(included)) {
            (Included::Own(_), _) => (Some(condition), None),
            (_, None) => (None, Some(condition)),
            _ if self.windows_alone => (Some(condition), None),
            _ => (condition.and(&Condition::windows()), condition.and(&Condition::elsewhere())),
        }
    }

    /// The program's own file that an include reads, on Windows at least.
    fn instead(&self, included: Included<'a>) -> Option<&'a str> {
        let path = match included {
            Included::Own(path) => path.to_owned(),
            Included::System(name) => format!("windows/{name}"),
            Included::Next(_) => return None,
        };
        self.files.get_key_value(&*path).map(|(path, _)| *path)
    }

    fn part(&self, path: &str) -> Part<'a> {
        Part::read(self.files.get(path).copied().unwrap_or_default())
    }

    fn sources(&self) -> impl Iterator<Item = &'a str> {
        self.files.keys().copied().filter(|path| path.ends_with(".c"))
    }

    /// Every file once: headers before the first that includes them.
    fn order(&self) -> Vec<&'a str> {
        let room = |path: &str| ROOMS.iter().position(|room| path.starts_with(room)).map_or(0, |room| room + 1);
        let mut sources: Vec<&str> = self.sources().collect();
        sources.sort_by_key(|path| room(path));
        let windows = self.headers.keys().copied().filter(|path| path.starts_with("windows/"));
        let (mut begun, mut order) = (BTreeSet::new(), Vec::new());
        for path in windows.chain(["config.h"]).chain(sources) {
            self.place(path, &mut begun, &mut order);
        }
        order
    }

    fn place(&self, path: &'a str, begun: &mut BTreeSet<&'a str>, order: &mut Vec<&'a str>) {
        if !begun.insert(path) {
            return;
        }
        for (included, _) in self.part(path).includes {
            self.instead(included).into_iter().for_each(|header| self.place(header, begun, order));
        }
        order.push(path);
    }

    /// A file under its name.
    fn section(&self, path: &str) -> String {
        let part = self.part(path);
        let directive = self.headers.get(path).and_then(Places::directive);
        let about: String = part.about.iter().map(|line| format!("{line}\n")).collect();
        let about = if about.is_empty() { about } else { format!("//\n{about}") };
        match part.code(directive.as_deref()) {
            code if code.is_empty() => code,
            code => format!("\n// {path}\n{about}\n{code}"),
        }
    }

    fn system_headers(&self) -> String {
        let mut groups: BTreeMap<Option<String>, Vec<&str>> = BTreeMap::new();
        for (name, places) in &self.system {
            groups.entry(places.directive()).or_default().push(name);
        }
        let definitions = self.definitions.iter().map(|(line, places)| under(places.directive(), &format!("{line}\n")));
        let includes = groups.into_iter().map(|(directive, names)| under(directive, &lines(&names)));
        definitions.chain(includes).collect()
    }
}

/// Include lines, first those that others need.
fn lines(names: &[&str]) -> String {
    let (first, others): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| FIRST.contains(name));
    let block = |names: &[&str]| names.iter().map(|name| format!("#include <{name}>\n")).collect::<String>();
    format!("{}\n\n{}\n", block(&first).trim_end(), block(&others).trim_end()).trim().to_owned() + "\n"
}

fn under(directive: Option<String>, text: &str) -> String {
    match directive {
        Some(directive) => format!("\n{directive}\n{text}#endif\n"),
        None => format!("\n{text}"),
    }
}
