//! The classes of characters that KDL distinguishes.

/// White space within a line.
pub fn is_space(c: char) -> bool {
    matches!(c, '\t' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// What ends a line; a carriage return and the line feed behind it are one end.
pub fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What may not stand in a document as itself: control characters, marks of direction, and the byte order mark.
pub fn is_disallowed(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// What an unquoted text may hold.
pub fn is_identifier(c: char) -> bool {
    !(matches!(c, '\\' | '/' | '(' | ')' | '{' | '}' | ';' | '[' | ']' | '"' | '#' | '=')
        || is_space(c)
        || is_newline(c)
        || is_disallowed(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_classes_do_not_overlap() {
        for c in '\0'..=char::MAX {
            let classes = [is_space(c), is_newline(c), is_disallowed(c), is_identifier(c)];
            assert!(classes.into_iter().filter(|&class| class).count() <= 1, "{c:?}");
        }
    }

    #[test]
    fn spaces_and_newlines_are_those_of_unicode() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_space(c) || is_newline(c), c.is_whitespace(), "{c:?}");
        }
    }

    #[test]
    fn identifiers_hold_many_characters() {
        assert!("a:b,c<>'!?*+-.~é😀".chars().all(is_identifier));
        assert!(!"\\/(){};[]\"#= \n\u{feff}\u{7f}".chars().any(is_identifier));
    }
}
