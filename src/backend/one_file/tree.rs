//! A C file as the tree of its preprocessor's conditions.

use std::str::Lines;

/// A piece of a file.
pub enum Node<'a> {
    /// A line that is no condition.
    Line(&'a str),
    /// `#if` to `#endif`.
    Choice(Vec<Branch<'a>>),
}

/// One of the alternatives of a choice.
pub struct Branch<'a> {
    /// Its first line: `#ifdef …`, `#else`.
    pub directive: &'a str,
    /// What follows that.
    pub nodes: Vec<Node<'a>>,
}

/// Reads a file.
pub fn parse(text: &str) -> Vec<Node<'_>> {
    nodes(&mut text.lines()).0
}

/// What comes before the end of a branch, and the line that ends it.
fn nodes<'a>(lines: &mut Lines<'a>) -> (Vec<Node<'a>>, &'a str) {
    let mut nodes = Vec::new();
    while let Some(line) = lines.next() {
        match line.strip_prefix('#') {
            Some(rest) if rest.starts_with("if") => nodes.push(Node::Choice(branches(line, lines))),
            Some(rest) if ["el", "endif"].iter().any(|word| rest.starts_with(word)) => return (nodes, line),
            _ => nodes.push(Node::Line(line)),
        }
    }
    (nodes, "#endif")
}

fn branches<'a>(first: &'a str, lines: &mut Lines<'a>) -> Vec<Branch<'a>> {
    let mut branches = Vec::new();
    let mut directive = first;
    while !directive.starts_with("#endif") {
        let (nodes, end) = nodes(lines);
        branches.push(Branch { directive, nodes });
        directive = end;
    }
    branches
}

/// Writes nodes; choices that have nothing in them vanish.
pub fn print(nodes: &[Node<'_>], text: &mut String) {
    for node in nodes.iter().filter(|node| !matches!(node, Node::Choice(_)) || !is_blank(node)) {
        match node {
            Node::Line(line) => add_line(line, text),
            Node::Choice(branches) => {
                for branch in branches {
                    add_line(branch.directive, text);
                    print(&branch.nodes, text);
                }
                add_line("#endif", text);
            }
        }
    }
}

fn add_line(line: &str, text: &mut String) {
    text.push_str(line);
    text.push('\n');
}

/// Whether nothing is in it.
pub fn is_blank(node: &Node<'_>) -> bool {
    match node {
        Node::Line(line) => line.trim().is_empty(),
        Node::Choice(branches) => branches.iter().all(|branch| branch.nodes.iter().all(is_blank)),
    }
}
