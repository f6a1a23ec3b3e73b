//! A first line with the hash of what follows it, by which a file that has no manifest beside it is known.

use super::hash;

/// How the first line begins; the hash stands behind that.
#[derive(Clone, Copy, Debug)]
pub struct Stamp(pub &'static str);

/// Whose a file is, by its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamped {
    /// As it was written.
    Whole,
    /// It was written with this stamp, and edited.
    Edited,
    /// Somebody else's.
    Foreign,
}

impl Stamp {
    /// The text with its first line in front.
    pub fn on(self, text: &str) -> String {
        format!("{}{text}", self.line(text))
    }

    /// Whose a file is.
    pub fn judge(self, bytes: &[u8]) -> Stamped {
        if !bytes.starts_with(self.0.as_bytes()) {
            return Stamped::Foreign;
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let whole = text.split_inclusive('\n').next().is_some_and(|first| first == self.line(&text[first.len()..]));
        if whole { Stamped::Whole } else { Stamped::Edited }
    }

    fn line(self, text: &str) -> String {
        format!("{}{}\n", self.0, &hash(text.as_bytes())[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_known() {
        let stamp = Stamp("# by us: ");
        let text = stamp.on("a\nb\n");
        assert_eq!(text, "# by us: 911169ddaaf146af\na\nb\n");
        let edited = text.replace("\nb", "\nc");
        let judged = [&*text, &*edited, "# by us: ", "# by them\n", ""].map(|text| stamp.judge(text.as_bytes()));
        assert_eq!(judged, [Stamped::Whole, Stamped::Edited, Stamped::Edited, Stamped::Foreign, Stamped::Foreign]);
    }
}
