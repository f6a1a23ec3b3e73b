//! Words for messages.

/// A user's text in a message: in backticks, cut when long, with nothing that could act on a terminal.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut quoted = String::from("`");
    for c in text.chars().take(LONGEST) {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_invisible(c) => quoted.extend(c.escape_unicode()),
            c => quoted.push(c),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// A foreign text without anything that could act on a terminal.
pub fn disarmed(text: &str) -> String {
    text.replace(is_invisible, "\u{fffd}")
}

/// Control characters, and those that change the direction or the look of the text around them (Unicode TR 36, TR 9).
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The candidate that is spelled most like `word`, if one is near.
pub fn suggest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: String = word.chars().take(64).collect::<String>().to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_disarms() {
        assert_eq!(quote("a\u{1b}[31mb\u{202e}c"), "`a\\u{1b}[31mb\\u{202e}c`");
        assert_eq!(quote(&"x".repeat(100)), format!("`{}…`", "x".repeat(60)));
    }

    #[test]
    fn suggestions() {
        let names = ["heartbeat", "health", "host"];
        assert_eq!(suggest("hartbeat", names.into_iter()), Some("heartbeat"));
        assert_eq!(suggest("heatlh", names.into_iter()), Some("health"));
        assert_eq!(suggest("zzz", names.into_iter()), None);
    }
}
