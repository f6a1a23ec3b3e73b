//! Numbers.

use crate::source::Value;

/// Whether a word must be a number: it has a digit first, behind at most a sign and a point.
pub fn begins_like_one(word: &str) -> bool {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit())
}

/// The number that a word is, if it is one. An integer beyond all bounds stays as it was written.
pub fn parse(word: &str) -> Option<Value> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            return are_digits(digits, radix).then(|| integer(word, digits, radix));
        }
    }
    let (mantissa, exponent) = halves(unsigned, ['e', 'E'].as_slice());
    let (whole, fraction) = halves(mantissa, ['.'].as_slice());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    if ![Some(whole), fraction, exponent].into_iter().flatten().all(|digits| are_digits(digits, 10)) {
        return None;
    }
    match (fraction, exponent) {
        (None, None) => Some(integer(word, whole, 10)),
        _ => Some(Value::Float(word.to_owned())),
    }
}

fn halves<'word>(word: &'word str, separators: &[char]) -> (&'word str, Option<&'word str>) {
    word.split_once(separators).map_or((word, None), |(before, behind)| (before, Some(behind)))
}

/// Digits may be separated by `_`, but begin with one of their own.
fn are_digits(text: &str, radix: u32) -> bool {
    text.starts_with(|c: char| c.is_digit(radix)) && text.chars().all(|c| c.is_digit(radix) || c == '_')
}

fn integer(word: &str, digits: &str, radix: u32) -> Value {
    let mut plain = if word.starts_with('-') { "-".to_owned() } else { String::new() };
    plain.extend(digits.chars().filter(|&c| c != '_'));
    i128::from_str_radix(&plain, radix).map_or_else(|_| Value::Float(word.to_owned()), Value::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_four_radices() {
        for (word, number) in [
            ("0", 0),
            ("-0", 0),
            ("+1_000_", 1000),
            ("007", 7),
            ("0xFf_", 255),
            ("-0x1_0", -16),
            ("0o17", 15),
            ("+0b1_01", 5),
            ("-170141183460469231731687303715884105728", i128::MIN),
        ] {
            assert_eq!(parse(word), Some(Value::Integer(number)), "{word}");
        }
    }

    #[test]
    fn other_numbers_stay_as_written() {
        for word in ["1.0", "-1_0.5_0", "1e5", "1.5E-3", "+1e+0_1", "170141183460469231731687303715884105728"] {
            assert_eq!(parse(word), Some(Value::Float(word.to_owned())), "{word}");
        }
    }

    #[test]
    fn words_that_only_begin_like_numbers_are_none() {
        for word in ["10s", "1.", "1._0", "1.2.3", "1e", "1e5.0", "0x", "0x_1", "0xg", "0o8", "0b2", "0X1", ".5", "-.5"]
        {
            assert!(begins_like_one(word), "{word}");
            assert_eq!(parse(word), None, "{word}");
        }
        for word in ["a", "-", "-.", "..5", "--1", "_1", "+a"] {
            assert!(!begins_like_one(word), "{word}");
        }
    }
}
