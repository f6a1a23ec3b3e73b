//! A file of a program, without what it includes.

use super::condition::Condition;
use super::tree::{self, Branch, Node};

/// What a line includes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Included<'a> {
    /// A header of the program's, by its path below `src`.
    Own(&'a str),
    /// `<name>`, which the program may have something for.
    System(&'a str),
    /// `<name>` past what the program has for it.
    Next(&'a str),
}

/// A file without its includes, its guard, and what it defines for system headers.
pub struct Part<'a> {
    /// The comment at its top.
    pub about: Vec<&'a str>,
    /// The rest.
    pub nodes: Vec<Node<'a>>,
    /// In their order, with where they apply.
    pub includes: Vec<(Included<'a>, Condition)>,
    /// Definitions that stand right before an include: it is to see them.
    pub definitions: Vec<(&'a str, Condition)>,
}

impl<'a> Part<'a> {
    /// Takes a file apart.
    pub fn read(text: &'a str) -> Self {
        let mut nodes = tree::parse(text);
        let about = take_about(&mut nodes);
        let mut part = Part { about, nodes: Vec::new(), includes: Vec::new(), definitions: Vec::new() };
        part.nodes = part.without_includes(unguarded(nodes), &Condition::default());
        part
    }

    fn without_includes(&mut self, nodes: Vec<Node<'a>>, condition: &Condition) -> Vec<Node<'a>> {
        let mut left = Vec::new();
        let mut nodes = nodes.into_iter().peekable();
        while let Some(node) = nodes.next() {
            match node {
                Node::Choice(branches) => left.push(Node::Choice(self.without_includes_of_all(branches, condition))),
                Node::Line(line) => match included(line) {
                    Some(included) => self.includes.push((included, condition.clone())),
                    None if line.starts_with("#pragma GCC system_header") => {}
                    None if line.starts_with("#define ") && nodes.peek().is_some_and(is_of_the_system) => {
                        self.definitions.push((line, condition.clone()));
                    }
                    None => left.push(Node::Line(line)),
                },
            }
        }
        left
    }

    fn without_includes_of_all(&mut self, branches: Vec<Branch<'a>>, condition: &Condition) -> Vec<Branch<'a>> {
        let directives: Vec<&str> = branches.iter().map(|branch| branch.directive).collect();
        let mut left = Vec::new();
        for (at, branch) in branches.into_iter().enumerate() {
            let inside = condition.and(&Condition::of_branch(&directives[..=at]));
            // A branch that nothing reaches includes nothing.
            let nodes = inside.map_or_else(Vec::new, |inside| self.without_includes(branch.nodes, &inside));
            left.push(Branch { directive: branch.directive, nodes });
        }
        left
    }

    /// Its code under that directive. Nothing where it has none.
    pub fn code(self, directive: Option<&'a str>) -> String {
        let nodes = match directive {
            Some(directive) => under(directive, self.nodes),
            None => self.nodes,
        };
        let mut text = String::new();
        tree::print(&nodes, &mut text);
        if text.trim().is_empty() { String::new() } else { text }
    }
}

/// Nodes as the one branch of a choice, unless they are so already.
fn under<'a>(directive: &'a str, mut nodes: Vec<Node<'a>>) -> Vec<Node<'a>> {
    let is_inside = |node: &Node<'_>| match node {
        Node::Line(line) => line.is_empty(),
        Node::Choice(branches) => branches.len() == 1 && branches[0].directive == directive,
    };
    if nodes.iter().all(is_inside) {
        return nodes;
    }
    let end = nodes.iter().rposition(|node| !tree::is_blank(node)).map_or(0, |last| last + 1);
    nodes.truncate(end);
    let nodes = nodes.into_iter().skip_while(tree::is_blank).collect();
    vec![Node::Choice(vec![Branch { directive, nodes }])]
}

/// The comment that a file begins with, unless it is that of the code behind it.
fn take_about<'a>(nodes: &mut Vec<Node<'a>>) -> Vec<&'a str> {
    let comment = |node: &Node<'a>| match node {
        Node::Line(line) if line.starts_with("//") => Some(*line),
        _ => None,
    };
    let about: Vec<&str> = nodes.iter().map_while(comment).collect();
    match nodes.get(about.len()) {
        Some(Node::Line(line)) if !line.is_empty() && included(line).is_none() => Vec::new(),
        _ => {
            nodes.drain(..about.len());
            about
        }
    }
}

/// Without the lines that keep a header from being read twice.
fn unguarded(mut nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    let [Node::Choice(branches)] = &mut *nodes else { return nodes };
    let [Branch { directive, nodes: inside }] = &mut **branches else { return nodes };
    let guard = directive.strip_prefix("#ifndef ").filter(|name| name.ends_with("_H"));
    match (guard, inside.first()) {
        (Some(name), Some(Node::Line(line))) if line.strip_prefix("#define ") == Some(name) => inside.split_off(1),
        _ => nodes,
    }
}

fn included(line: &str) -> Option<Included<'_>> {
    let (word, name) = line.split_once(' ')?;
    let between = |open, close| name.strip_prefix(open)?.split(close).next();
    match word {
        "#include" => between('"', '"').map(Included::Own).or_else(|| between('<', '>').map(Included::System)),
        "#include_next" => between('<', '>').map(Included::Next),
        _ => None,
    }
}

fn is_of_the_system(node: &Node<'_>) -> bool {
    matches!(node, Node::Line(line) if matches!(included(line), Some(Included::System(_))))
}
