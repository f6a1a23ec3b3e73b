//! Conditions of `cfg` attributes, and what is left of them where features and platforms are known.

use crate::model::Platform;

/// What a condition comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds wherever the program is compiled.
    Holds,
    /// It holds nowhere.
    Fails,
    /// That is decided where the program is compiled, by this.
    Open(String),
}

/// A condition, as a tree.
enum Condition<'a> {
    Atom(&'a str),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// What is known.
pub struct Facts<'a> {
    /// Whether a feature is on.
    pub feature: &'a dyn Fn(&str) -> bool,
    /// Where the program is compiled.
    pub platforms: &'a [Platform],
}

/// What the text of a condition comes to.
pub fn outcome(text: &str, facts: &Facts<'_>) -> Outcome {
    let condition = Condition::parse(text);
    match condition.everywhere(facts) {
        Some(true) => Outcome::Holds,
        Some(false) => Outcome::Fails,
        None => Outcome::Open(condition.rest(facts)),
    }
}

impl<'a> Condition<'a> {
    fn parse(text: &'a str) -> Self {
        let parts = |rest: &'a str| arguments(rest).into_iter().map(Self::parse);
        match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some(("not", rest)) => Self::Not(Box::new(Self::parse(rest))),
            Some(("all", rest)) => Self::All(parts(rest).collect()),
            Some(("any", rest)) => Self::Any(parts(rest).collect()),
            _ => Self::Atom(text),
        }
    }

    /// Whether it holds, if it is the same on all platforms.
    fn everywhere(&self, facts: &Facts<'_>) -> Option<bool> {
        let (first, others) = facts.platforms.split_first()?;
        let holds = self.on(*first, facts)?;
        others.iter().all(|platform| self.on(*platform, facts) == Some(holds)).then_some(holds)
    }

    fn on(&self, platform: Platform, facts: &Facts<'_>) -> Option<bool> {
        let values = |parts: &[Self]| parts.iter().map(|part| part.on(platform, facts)).collect::<Vec<_>>();
        match self {
            Self::Atom(atom) => known(atom, platform, facts),
            Self::Not(part) => part.on(platform, facts).map(|holds| !holds),
            Self::All(parts) => together(&values(parts), true),
            Self::Any(parts) => together(&values(parts), false),
        }
    }

    /// What has to be asked where the program is compiled.
    fn rest(&self, facts: &Facts<'_>) -> String {
        match self {
            Self::Atom(atom) => (*atom).to_owned(),
            Self::Not(part) => format!("not({})", part.rest(facts)),
            Self::All(parts) => joined("all", parts, facts),
            Self::Any(parts) => joined("any", parts, facts),
        }
    }
}

/// All or any of some: `decided` is what one of them decides alone by not being it.
fn together(values: &[Option<bool>], all: bool) -> Option<bool> {
    if values.contains(&Some(!all)) {
        return Some(!all);
    }
    values.iter().all(|value| *value == Some(all)).then_some(all)
}

/// The parts that are open, in the brackets of `word` if there are several.
fn joined(word: &str, parts: &[Condition<'_>], facts: &Facts<'_>) -> String {
    let open = parts.iter().filter(|part| part.everywhere(facts).is_none());
    let texts: Vec<String> = open.map(|part| part.rest(facts)).collect();
    match &*texts {
        [one] => one.clone(),
        several => format!("{word}({})", several.join(", ")),
    }
}

fn known(atom: &str, platform: Platform, facts: &Facts<'_>) -> Option<bool> {
    let quoted = |name: &str| atom.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"').map(str::to_owned);
    if let Some(feature) = quoted("feature") {
        return Some((facts.feature)(&feature));
    }
    if let Some(system) = quoted("target_os") {
        return Some(system == platform.name());
    }
    match atom {
        "unix" => Some(platform != Platform::Windows),
        "windows" => Some(platform == Platform::Windows),
        _ => None,
    }
}

/// Splits at the commas that are in no bracket.
fn arguments(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = text.split(|character| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        character == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Platform::{Freebsd, Linux, Macos, Windows};

    fn of(text: &str, platforms: &[Platform]) -> Outcome {
        outcome(text, &Facts { feature: &|name| name == "on", platforms })
    }

    #[test]
    fn features_are_known_everywhere() {
        for platforms in [&[Linux][..], &[Linux, Macos]] {
            assert_eq!(of("feature = \"on\"", platforms), Outcome::Holds);
            assert_eq!(of("not(feature = \"on\")", platforms), Outcome::Fails);
            assert_eq!(of("any(feature = \"off\", feature = \"on\")", platforms), Outcome::Holds);
            assert_eq!(of("all(feature = \"off\", test)", platforms), Outcome::Fails);
            assert_eq!(of("all(feature = \"on\", test)", platforms), Outcome::Open("test".to_owned()));
        }
    }

    #[test]
    fn systems_are_open_where_there_are_several() {
        let bsd = "all(feature = \"on\", any(target_os = \"freebsd\", target_os = \"macos\"))";
        assert_eq!(of(bsd, &[Linux]), Outcome::Fails);
        assert_eq!(of(bsd, &[Macos]), Outcome::Holds);
        assert_eq!(of(bsd, &[Macos, Freebsd]), Outcome::Holds);
        assert_eq!(of(bsd, &[Linux, Macos]), Outcome::Open("target_os = \"macos\"".to_owned()));
        let both = "any(target_os = \"freebsd\", target_os = \"macos\")";
        assert_eq!(of(bsd, &[Linux, Macos, Freebsd]), Outcome::Open(both.to_owned()));
        assert_eq!(of("not(target_os = \"linux\")", &[Linux]), Outcome::Fails);
        assert_eq!(of("unix", &[Linux, Macos]), Outcome::Holds);
        assert_eq!(of("unix", &[Linux, Windows]), Outcome::Open("unix".to_owned()));
        assert_eq!(of("windows", &[Windows]), Outcome::Holds);
    }
}
