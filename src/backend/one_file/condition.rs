//! Where something is compiled: conditions of the C preprocessor.

use std::collections::BTreeSet;

/// Of these at most one is defined.
const SYSTEMS: [&str; 4] = ["defined(_WIN32)", "defined(__APPLE__)", "defined(__FreeBSD__)", "defined(__linux__)"];

/// Terms that hold together; without any it always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition(BTreeSet<String>);

impl Condition {
    /// On Windows.
    pub fn windows() -> Self {
        Self(BTreeSet::from([SYSTEMS[0].to_owned()]))
    }

    /// Anywhere else.
    pub fn elsewhere() -> Self {
        Self(BTreeSet::from([negated(SYSTEMS[0])]))
    }

    /// What the branch of a choice stands under that begins with the last of these lines.
    pub fn of_branch(directives: &[&str]) -> Self {
        let Some((last, earlier)) = directives.split_last() else { return Self::default() };
        let mut terms = terms(last);
        terms.extend(earlier.iter().map(|directive| negation(directive)));
        Self(terms)
    }

    /// Both; nothing where they exclude each other.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let mut terms: BTreeSet<String> = self.0.union(&other.0).cloned().collect();
        let systems = SYSTEMS.iter().filter(|system| terms.contains(**system)).count();
        if systems > 1 || terms.iter().any(|term| terms.contains(&negated(term))) {
            return None;
        }
        if systems == 1 {
            terms.retain(|term| !SYSTEMS.iter().any(|system| *term == negated(system)));
        }
        Some(Self(terms))
    }

    /// One condition for both, if there is one.
    fn or(&self, other: &Self) -> Option<Self> {
        if self.0.is_subset(&other.0) {
            return Some(self.clone());
        }
        if other.0.is_subset(&self.0) {
            return Some(other.clone());
        }
        let common: BTreeSet<String> = self.0.intersection(&other.0).cloned().collect();
        let rest = |condition: &Self| condition.0.difference(&common).cloned().collect::<Vec<_>>();
        match (&*rest(self), &*rest(other)) {
            ([one], [another]) if *one == negated(another) => Some(Self(common)),
            _ => None,
        }
    }

    fn text(&self) -> String {
        self.0.iter().map(String::as_str).collect::<Vec<_>>().join(" && ")
    }
}

fn terms(directive: &str) -> BTreeSet<String> {
    let expression = expression(directive);
    let parts = if expression.contains("||") { vec![&*expression] } else { expression.split(" && ").collect() };
    parts.into_iter().filter(|part| !part.is_empty()).map(term).collect()
}

/// Other expressions than `defined(…)` stand in parentheses.
fn term(text: &str) -> String {
    let name = text.strip_prefix('!').unwrap_or(text).strip_prefix("defined(").and_then(|rest| rest.strip_suffix(')'));
    match name {
        Some(name) if !name.contains(' ') => text.to_owned(),
        _ => format!("({text})"),
    }
}

fn negation(directive: &str) -> String {
    let terms = terms(directive);
    match terms.first() {
        Some(term) if terms.len() == 1 => negated(term),
        _ => format!("!({})", expression(directive)),
    }
}

/// What `#if` would have behind it; nothing for `#else`.
fn expression(directive: &str) -> String {
    let code = directive.split("//").next().unwrap_or_default().trim();
    let (word, rest) = code.split_once(' ').unwrap_or((code, ""));
    match word {
        "#ifdef" => format!("defined({rest})"),
        "#ifndef" => format!("!defined({rest})"),
        _ => rest.to_owned(),
    }
}

fn negated(term: &str) -> String {
    term.strip_prefix('!').map_or_else(|| format!("!{term}"), str::to_owned)
}

/// Conditions of which one is enough. Without any it holds nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Places(BTreeSet<Condition>);

impl Places {
    /// Adds one more.
    pub fn add(&mut self, condition: Condition) {
        let mut added = condition;
        while let Some((old, both)) = self.0.iter().find_map(|old| Some((old.clone(), old.or(&added)?))) {
            self.0.remove(&old);
            added = both;
        }
        self.0.insert(added);
    }

    /// The line that a part in these places begins with; nothing where it is everywhere.
    pub fn directive(&self) -> Option<String> {
        let texts: Vec<String> = self.0.iter().map(Condition::text).collect();
        match &*texts {
            [one] if one.is_empty() => None,
            [one] => Some(single(one)),
            several => {
                Some(format!("#if {}", several.iter().map(|text| grouped(text)).collect::<Vec<_>>().join(" || ")))
            }
        }
    }
}

fn single(text: &str) -> String {
    let name = |term: &str| Some(term.strip_prefix("defined(")?.strip_suffix(')')?.to_owned());
    match (name(text), text.strip_prefix('!').and_then(name)) {
        _ if text.contains(' ') => format!("#if {text}"),
        (Some(name), _) => format!("#ifdef {name}"),
        (None, Some(name)) => format!("#ifndef {name}"),
        (None, None) => format!("#if {text}"),
    }
}

fn grouped(text: &str) -> String {
    if text.contains(" && ") { format!("({text})") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(chains: &[&[&str]]) -> Option<String> {
        let mut places = Places::default();
        for chain in chains {
            places.add(Condition::of_branch(chain));
        }
        places.directive()
    }

    #[test]
    fn branches_stand_under_what_the_ones_before_them_are_not() {
        assert_eq!(places(&[&["#ifdef _WIN32"]]).as_deref(), Some("#ifdef _WIN32"));
        assert_eq!(places(&[&["#ifdef _WIN32", "#else"]]).as_deref(), Some("#ifndef _WIN32"));
        assert_eq!(places(&[&["#if A == B // why", "#else"]]).as_deref(), Some("#if !(A == B)"));
        assert_eq!(
            places(&[&["#ifdef A", "#elif defined(B)", "#else"]]).as_deref(),
            Some("#if !defined(A) && !defined(B)")
        );
        assert_eq!(
            places(&[&["#if defined(A) && defined(B)", "#else"]]).as_deref(),
            Some("#if !(defined(A) && defined(B))")
        );
    }

    #[test]
    fn places_are_as_few_as_can_be() {
        assert_eq!(places(&[&["#ifdef _WIN32"], &["#ifndef _WIN32"]]), None);
        assert_eq!(places(&[&["#ifdef A"], &[]]), None);
        assert_eq!(places(&[&["#if defined(A) && defined(B)"], &["#ifdef A"]]).as_deref(), Some("#ifdef A"));
        let three: &[&[&str]] = &[&["#ifdef B"], &["#if defined(A) && C > 1"]];
        assert_eq!(places(three).as_deref(), Some("#if ((C > 1) && defined(A)) || defined(B)"));
    }

    #[test]
    fn systems_exclude_each_other() {
        let [windows, linux] = ["#ifdef _WIN32", "#ifdef __linux__"].map(|line| Condition::of_branch(&[line]));
        assert_eq!(windows.and(&linux), None);
        assert_eq!(linux.and(&Condition::elsewhere()), Some(linux.clone()));
        assert_eq!(windows.and(&Condition::elsewhere()), None);
        assert_eq!(Condition::default().and(&windows), Some(Condition::windows()));
    }
}
