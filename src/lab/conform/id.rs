//! Numbers of cases, and patterns of them.

use std::fmt::{self, Display};
use std::str::FromStr;

/// `9.3.1`, ordered by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Vec<u16>);

impl Id {
    /// The number of a case.
    pub fn new(parts: &[u16]) -> Self {
        Self(parts.to_vec())
    }

    /// The group: the first part.
    pub fn group(&self) -> u16 {
        self.0.first().copied().unwrap_or_default()
    }
}

impl Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Option<Vec<u16>> = text.split('.').map(number).collect();
        parts.map(Self).ok_or_else(|| format!("`{text}` is no case; cases are numbers with points between: 6.4.1"))
    }
}

/// Digits alone: `parse` would take a sign too.
fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A case, or with a `*` in the end all those that begin so: `6.4.1`, `6.*`, `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    beginning: Vec<u16>,
    open: bool,
}

impl Pattern {
    /// Whether the case is one of these.
    pub fn takes(&self, id: &Id) -> bool {
        id.0.starts_with(&self.beginning) && (self.open || id.0.len() == self.beginning.len())
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.beginning.iter().map(u16::to_string);
        let parts: Vec<String> = numbers.chain(self.open.then(|| "*".to_owned())).collect();
        f.write_str(&parts.join("."))
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` names no cases; write one (6.4.1), a group (6.*) or all of them (*)");
        if text == "*" {
            return Ok(Self { beginning: vec![], open: true });
        }
        let (numbers, open) = text.strip_suffix(".*").map_or((text, false), |numbers| (numbers, true));
        let Id(beginning) = numbers.parse().map_err(|_: String| bad())?;
        Ok(Self { beginning, open })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_what_begins_so() {
        let takes = |pattern: &str, id: &str| pattern.parse::<Pattern>().unwrap().takes(&id.parse().unwrap());
        assert!(takes("*", "1.1.1") && takes("6.*", "6.4.1") && takes("6.4.*", "6.4.1") && takes("6.4.1", "6.4.1"));
        assert!(
            !takes("6.*", "16.4.1") && !takes("1.*", "10.1.1") && !takes("6.4", "6.4.1") && !takes("6.4.1", "6.4.2")
        );
        for bad in ["", "6.", "x", "6.**", "*.1", "-1", "+6.1", "6.+1", "+6.*", "70000"] {
            assert!(bad.parse::<Pattern>().is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_are_shown_as_they_are_written() {
        for text in ["*", "6.*", "6.4.*", "6.4.1"] {
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn order_is_by_number() {
        let id = |text: &str| text.parse::<Id>().unwrap();
        assert!(id("9.2.1") < id("9.10.1") && id("2.9") < id("2.10") && id("2.10") < id("10.1.1"));
    }
}
