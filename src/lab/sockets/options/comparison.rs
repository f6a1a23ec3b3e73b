//! What a socket has beside what its spec wants.

use serde::Serialize;

use super::{Expectation, SocketOption, Unit, Value, Wanted};

/// How an option stands to the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The spec says nothing of it, or there is no spec.
    Unspecified,
    /// It is what the spec says.
    Same,
    /// It is what the kernel makes of what the spec says.
    Adjusted,
    /// It is something else.
    Differs,
    /// It cannot be compared.
    Incomparable,
}

impl Verdict {
    /// Its name; empty where there is nothing to say.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Same => "same",
            Self::Adjusted => "adjusted",
            Self::Differs => "DIFFERS",
            Self::Incomparable => "not compared",
        }
    }
}

/// An option of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Its name; `address` is where the socket is bound.
    pub option: &'static str,
    /// What it is set to.
    pub value: Value,
    /// What numbers count.
    pub unit: Unit,
    /// The spec's field for it.
    pub field: Option<&'static str>,
    /// What the spec asks for, if it does.
    pub asked: Option<Value>,
    /// What it should be then.
    pub expected: Option<Value>,
    /// How the two stand to each other.
    pub verdict: Verdict,
    /// Why.
    pub note: Option<String>,
}

impl Reading {
    /// An option that is compared with nothing.
    pub fn new(option: SocketOption, value: Value) -> Self {
        Self {
            option: option.name(),
            value,
            unit: option.unit(),
            field: option.field(),
            asked: None,
            expected: None,
            verdict: Verdict::Unspecified,
            note: None,
        }
    }

    /// Compares it with what a spec wants.
    #[must_use]
    pub fn beside(mut self, expectation: Expectation) -> Self {
        match expectation {
            Expectation::Silent => {}
            Expectation::Incomparable(reason) => {
                self.verdict = Verdict::Incomparable;
                self.note = Some(reason.to_owned());
            }
            Expectation::Wanted(wanted) => self.compare(wanted),
        }
        self
    }

    fn compare(&mut self, wanted: Wanted) {
        self.verdict = match (self.value == wanted.effective, &wanted.note) {
            (true, None) => Verdict::Same,
            (true, Some(_)) => Verdict::Adjusted,
            (false, _) => Verdict::Differs,
        };
        self.note = match (self.verdict, wanted.note) {
            (Verdict::Differs, Some(note)) => Some(format!("expected {} ({note})", wanted.effective)),
            (Verdict::Differs, None) if wanted.asked.is_none() => {
                Some(format!("the spec leaves it to the kernel, which gives {}", wanted.effective))
            }
            (_, note) => note,
        };
        self.asked = wanted.asked;
        self.expected = Some(wanted.effective);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(value: i64, wanted: Wanted) -> (Verdict, Option<String>) {
        let reading = Reading::new(SocketOption::ReceiveBuffer, Value::Number(value)).beside(wanted.into());
        (reading.verdict, reading.note)
    }

    #[test]
    fn verdicts() {
        let number = |number| Some(Value::Number(number));
        let doubled = Wanted { asked: number(4), effective: Value::Number(8), note: Some("doubled".to_owned()) };
        assert_eq!(beside(8, doubled.clone()), (Verdict::Adjusted, Some("doubled".to_owned())));
        assert_eq!(beside(4, doubled), (Verdict::Differs, Some("expected 8 (doubled)".to_owned())));
        let default = Wanted { asked: None, effective: Value::Number(8), note: None };
        let left = "the spec leaves it to the kernel, which gives 8".to_owned();
        assert_eq!(beside(9, default.clone()), (Verdict::Differs, Some(left)));
        assert_eq!(beside(8, default), (Verdict::Same, None));
        let exact = Wanted { asked: number(8), effective: Value::Number(8), note: None };
        assert_eq!(beside(9, exact), (Verdict::Differs, None));
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let reading = Reading::new(SocketOption::QuickAck, Value::Flag(true)).beside(Expectation::Incomparable("gone"));
        assert_eq!((reading.verdict, reading.note.as_deref()), (Verdict::Incomparable, Some("gone")));
        let silent = Reading::new(SocketOption::Mark, Value::Number(0)).beside(Expectation::Silent);
        assert_eq!((silent.verdict, silent.note), (Verdict::Unspecified, None));
    }
}
