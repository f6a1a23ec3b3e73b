//! Numbers for people.

/// With the thousands set apart: `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate, rounded.
pub(super) fn rate(number: f64) -> String {
    if number < 10.0 { figure(number) } else { count(number.round() as u64) }
}

/// Three significant digits.
pub(super) fn figure(number: f64) -> String {
    match number {
        small if small < 9.995 => format!("{small:.2}"),
        middle if middle < 99.95 => format!("{middle:.1}"),
        large => format!("{large:.0}"),
    }
}

/// A time given in microseconds, in the unit that suits it.
pub(super) fn time(microseconds: f64) -> String {
    match microseconds {
        small if small < 999.5 => format!("{} µs", figure(small)),
        middle if middle < 999_500.0 => format!("{} ms", figure(middle / 1e3)),
        large => format!("{} s", figure(large / 1e6)),
    }
}

/// A number of bytes, in the unit that suits it.
pub(super) fn bytes(number: f64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let (mut number, mut unit) = (number, 0);
    while number >= 999.5 && unit + 1 < UNITS.len() {
        number /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{number:.0} bytes") } else { format!("{} {}", figure(number), UNITS[unit]) }
}

/// A number and its noun.
pub(super) fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 9.994, 9.996, 99.96, 1234.5].map(figure), ["0.00", "9.99", "10.0", "100", "1234"]);
        assert_eq!(
            [0.5, 999.4, 999.6, 12_345.0, 2.5e6].map(time),
            ["0.50 µs", "999 µs", "1.00 ms", "12.3 ms", "2.50 s"]
        );
        assert_eq!([12.0, 1000.0, 5.5e6].map(bytes), ["12 bytes", "0.98 KiB", "5.25 MiB"]);
        assert_eq!([1, 2000].map(|number| plural(number, "message")), ["1 message", "2,000 messages"]);
        assert_eq!([0.25, 1234.4].map(rate), ["0.25", "1,234"]);
    }
}
