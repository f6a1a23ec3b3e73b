//! Sizes, durations and texts of a form: what a scalar's text means.

use std::net::IpAddr;

use super::schema::Form;

/// 1024 bytes.
pub const KIB: u64 = 1024;
/// 1024 KiB.
pub const MIB: u64 = 1024 * KIB;
/// 1024 MiB.
pub const GIB: u64 = 1024 * MIB;

const SIZES: [(&str, u64); 7] =
    [("KiB", KIB), ("MiB", MIB), ("GiB", GIB), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1)];
const DURATIONS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Bytes of a size with a unit; `None` if it is no such text.
pub fn size(text: &str) -> Option<u64> {
    with_unit(text, &SIZES)
}

/// Milliseconds of a duration; `None` if it is no such text.
pub fn duration(text: &str) -> Option<u64> {
    with_unit(text, &DURATIONS)
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    Some(number.parse::<u64>().ok()?.saturating_mul(*factor))
}

/// Writes bytes with the largest binary unit that divides them.
pub fn show_size(bytes: u64) -> String {
    match [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")]
        .iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit))
    {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// Writes milliseconds with the largest unit that divides them.
pub fn show_duration(milliseconds: u64) -> String {
    match DURATIONS.iter().rev().find(|(_, unit)| milliseconds != 0 && milliseconds.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", milliseconds / unit),
        None => "0s".to_owned(),
    }
}

impl Form {
    /// Why a text is not of this form; `None` if it is.
    pub fn fault(self, text: &str) -> Option<&'static str> {
        let good = match self {
            Self::Free => text.chars().count() <= 1000,
            Self::Name => is_name(text),
            Self::Host => is_host(text),
            Self::ResourcePath => is_resource_path(text),
            Self::ResourcePathOrAny => text == "*" || is_resource_path(text),
            Self::Origin => is_origin(text),
            Self::Token => is_token(text),
            Self::ProtocolName => is_protocol_name(text),
            Self::SystemName => is_system_name(text),
            Self::Delimiter => (1..=16).contains(&text.len()),
            Self::Address => text.parse::<IpAddr>().is_ok(),
        };
        (!good).then_some(self.rule())
    }

    /// The form in words.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Free => "a text has at most 1,000 characters",
            Self::Name => {
                "a name is lowercase letters and digits in words joined by single hyphens, begins with a letter, and has at most 63 characters"
            }
            Self::Host => "a host is an IPv4 or IPv6 address, or `unix:` and an absolute path of at most 107 bytes",
            Self::ResourcePath => {
                "a path begins with `/` and holds printable ASCII without spaces, `?` or `#`, at most 1,000 characters"
            }
            Self::ResourcePathOrAny => {
                "a path is `*`, or begins with `/` and holds printable ASCII without spaces, `?` or `#`, at most 1,000 characters"
            }
            Self::Origin => "an origin is `scheme://host` or `scheme://host:port` without a path, or `null`",
            Self::Token => "a token is 1 to 255 letters, digits and characters of !#$%&'*+-.^_`|~",
            Self::ProtocolName => "a protocol's name is 1 to 255 printable ASCII characters without spaces",
            Self::SystemName => "1 to 255 characters without control characters",
            Self::Delimiter => "a delimiter has 1 to 16 bytes",
            Self::Address => "an IPv4 or IPv6 address",
        }
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .split('-')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// An absolute path's limit is that of `sun_path` (unix(7)): 108 bytes with its end.
fn is_host(text: &str) -> bool {
    match text.strip_prefix("unix:") {
        Some(path) => path.starts_with('/') && path.len() <= 107 && !path.chars().any(char::is_control),
        None => text.parse::<IpAddr>().is_ok(),
    }
}

fn is_resource_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() <= 1000
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#')
}

/// RFC 6454 §6.2, as browsers send it.
fn is_origin(text: &str) -> bool {
    if text == "null" {
        return true;
    }
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && (1..=255).contains(&authority.len())
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~[]:%".contains(&byte))
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// RFC 7301 §6 allows any bytes; the registered names are printable.
fn is_protocol_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_system_name(text: &str) -> bool {
    (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("64KiB"), Some(65_536));
        assert_eq!(size("500kB"), Some(500_000));
        assert_eq!(size("2GiB"), Some(2 * GIB));
        assert_eq!(size("99999999999999999999KiB"), None);
        assert_eq!(size("18446744073709551615GiB"), Some(u64::MAX));
        for wrong in ["64", "64 KiB", "64kb", "KiB", "-1B", "1.5MiB", "6４KiB", ""] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
        assert_eq!(show_size(65_536), "64KiB");
        assert_eq!(show_size(1000), "1000B");
    }

    #[test]
    fn durations() {
        assert_eq!(duration("250ms"), Some(250));
        assert_eq!(duration("1h"), Some(3_600_000));
        for wrong in ["30", "30 s", "1h30m", "s", "-5s", "1.5s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(show_duration(90_000), "90s");
        assert_eq!(show_duration(0), "0s");
        assert_eq!(show_duration(86_400_000), "24h");
    }

    #[test]
    fn forms() {
        for (form, good, bad) in [
            (Form::Name, "a-1", "1a"),
            (Form::Name, "class", "a--b"),
            (Form::Name, "x", "../../etc"),
            (Form::Host, "::1", "localhost"),
            (Form::Host, "unix:/run/x", "unix:x"),
            (Form::ResourcePathOrAny, "*", "ws"),
            (Form::ResourcePath, "/a/b", "/a?b"),
            (Form::Origin, "https://example.org:8443", "https://example.org/"),
            (Form::Origin, "null", "example.org"),
            (Form::Token, "graphql-transport-ws", "a b"),
            (Form::ProtocolName, "http/1.1", "http 1"),
        ] {
            assert_eq!(form.fault(good), None, "{form:?} {good}");
            assert!(form.fault(bad).is_some(), "{form:?} {bad}");
        }
    }
}
