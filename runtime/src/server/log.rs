//! The log: one line an event on standard error.

use super::config::{Level, Log, LogFormat};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(u64),
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl Log {
    /// Whether events of this level are logged.
    #[must_use]
    pub fn logs(self, level: Level) -> bool {
        level >= self.level
    }

    /// Logs an event.
    pub fn event(self, level: Level, event: &str, fields: &[(&str, Value<'_>)]) {
        if self.logs(level) {
            let line = self.line(SystemTime::now(), level, event, fields);
            // There is nowhere to report that the log cannot be written.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    fn line(
        self,
        time: SystemTime,
        level: Level,
        event: &str,
        fields: &[(&str, Value<'_>)],
    ) -> String {
        let time = timestamp(time.duration_since(UNIX_EPOCH).unwrap_or_default());
        let level = level.name();
        let json = self.format == LogFormat::Json;
        let mut line = if json {
            format!("{{\"time\":\"{time}\",\"level\":\"{level}\",\"event\":\"{event}\"")
        } else {
            format!("{time} {level} {event}")
        };
        for (name, value) in fields {
            let (before, after) = if json { (",\"", "\":") } else { (" ", "=") };
            line.extend([before, name, after]);
            push_value(&mut line, *value, json);
        }
        line.push_str(if json { "}\n" } else { "\n" });
        line
    }
}

fn push_value(line: &mut String, value: Value<'_>, json: bool) {
    match value {
        // Writing to a String cannot fail.
        Value::Number(number) => _ = write!(line, "{number}"),
        Value::Text(text) if json || needs_quotes(text) => push_json_string(line, text),
        Value::Text(text) => line.push_str(text),
    }
}

fn needs_quotes(text: &str) -> bool {
    text.chars().any(|c| matches!(c, ' ' | '"' | '=') || c.is_control())
}

/// RFC 8259 §7.
fn push_json_string(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => line.extend(['\\', c]),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() => _ = write!(line, "\\u{:04x}", u32::from(c)),
            c => line.push(c),
        }
    }
    line.push('"');
}

/// RFC 3339, in UTC with milliseconds.
fn timestamp(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let millisecond = since_epoch.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// The Gregorian date of a day since 1970-01-01. Years are counted from March, so that a leap day is
/// the last one of its year, and in eras of 400 years (146,097 days).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: LogFormat, fields: &[(&str, Value<'_>)]) -> String {
        let time = UNIX_EPOCH + Duration::from_secs(1_769_860_800);
        Log { format, level: Level::Info }.line(time, Level::Info, "listening", fields)
    }

    #[test]
    fn text_lines() {
        let address = [("address", Value::Text("127.0.0.1:8080"))];
        let expected = "2026-01-31T12:00:00.000Z info listening address=127.0.0.1:8080\n";
        assert_eq!(line(LogFormat::Text, &address), expected);
        let fields = [("reason", Value::Text("a=\"b\n")), ("code", Value::Number(1000))];
        let expected = "2026-01-31T12:00:00.000Z info listening reason=\"a=\\\"b\\n\" code=1000\n";
        assert_eq!(line(LogFormat::Text, &fields), expected);
    }

    #[test]
    fn json_lines() {
        let fields = [("address", Value::Text("[::1]:1")), ("n", Value::Number(2))];
        let expected = "{\"time\":\"2026-01-31T12:00:00.000Z\",\"level\":\"info\",\
                        \"event\":\"listening\",\"address\":\"[::1]:1\",\"n\":2}\n";
        assert_eq!(line(LogFormat::Json, &fields), expected);
    }

    #[test]
    fn rfc3339_dates() {
        let date = |days| civil_date(days);
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(11_017), (2000, 3, 1));
        assert_eq!(date(20_453), (2025, 12, 31));
        assert_eq!(date(47_540), (2100, 2, 28));
        assert_eq!(date(47_541), (2100, 3, 1));
    }
}
