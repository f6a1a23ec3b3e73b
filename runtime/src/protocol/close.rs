//! Close codes (RFC 6455 §7.4), the failures of a connection, and the payload of a Close frame.

/// The endpoint goes away: the server shuts down, or the peer was silent for too long.
pub const GOING_AWAY: u16 = 1001;
/// What the close callback is told when the peer's Close had no code (never sent).
pub const NO_STATUS: u16 = 1005;
/// What the close callback is told when there was no Close at all (never sent).
pub const ABNORMAL: u16 = 1006;
/// The server met an unexpected condition: the app failed, or the peer answers no Ping.
pub const INTERNAL_ERROR: u16 = 1011;
/// The peer reads too slowly.
pub const TRY_AGAIN_LATER: u16 = 1013;

/// The most bytes a reason may have: a control frame's 125 less the code (RFC 6455 §5.5).
pub const MAX_REASON: usize = 123;

/// Why a connection is failed (RFC 6455 §7.1.7), with the code and reason of its Close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The close code.
    pub code: u16,
    /// The reason, in a few words.
    pub reason: &'static str,
}

impl Failure {
    pub(crate) const RESERVED_BIT: Self = protocol_error("reserved bit set");
    pub(crate) const RESERVED_OPCODE: Self = protocol_error("reserved opcode");
    pub(crate) const FRAGMENTED_CONTROL: Self = protocol_error("fragmented control frame");
    pub(crate) const LONG_CONTROL: Self = protocol_error("control frame too long");
    pub(crate) const UNEXPECTED_CONTINUATION: Self =
        protocol_error("unexpected continuation frame");
    pub(crate) const EXPECTED_CONTINUATION: Self = protocol_error("continuation frame expected");
    pub(crate) const NOT_MASKED: Self = protocol_error("frame not masked");
    pub(crate) const MASKED: Self = protocol_error("frame masked");
    pub(crate) const LENGTH_NOT_MINIMAL: Self = protocol_error("length not minimal");
    pub(crate) const LENGTH_OUT_OF_RANGE: Self = protocol_error("length out of range");
    pub(crate) const INVALID_CLOSE_FRAME: Self = protocol_error("invalid close frame");
    pub(crate) const INVALID_CLOSE_CODE: Self = protocol_error("invalid close code");
    pub(crate) const TEXT_ONLY: Self = Self { code: 1003, reason: "text messages only" };
    pub(crate) const BINARY_ONLY: Self = Self { code: 1003, reason: "binary messages only" };
    pub(crate) const INVALID_UTF8: Self = Self { code: 1007, reason: "invalid UTF-8" };
    #[cfg(feature = "compression")]
    pub(crate) const INVALID_DEFLATE: Self = Self { code: 1007, reason: "invalid compressed data" };
    pub(crate) const RATE_LIMIT: Self = Self { code: 1008, reason: "rate limit exceeded" };
    pub(crate) const TOO_BIG: Self = Self { code: 1009, reason: "message too big" };
    #[cfg(feature = "server")]
    pub(crate) const PING_TIMEOUT: Self = Self { code: INTERNAL_ERROR, reason: "ping timeout" };
}

const fn protocol_error(reason: &'static str) -> Failure {
    Failure { code: 1002, reason }
}

/// Whether `code` may stand in a Close frame (RFC 6455 §7.4.2 and the IANA registry).
#[must_use]
pub fn is_valid_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The code and reason of a Close frame's payload; [`NO_STATUS`] for an empty one.
///
/// # Errors
/// The [`Failure`] that an invalid payload calls for.
pub fn parse(payload: &[u8]) -> Result<(u16, &str), Failure> {
    match payload {
        [] => Ok((NO_STATUS, "")),
        [_] => Err(Failure::INVALID_CLOSE_FRAME),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !is_valid_code(code) {
                return Err(Failure::INVALID_CLOSE_CODE);
            }
            let reason = std::str::from_utf8(reason).map_err(|_| Failure::INVALID_UTF8)?;
            Ok((code, reason))
        }
    }
}

/// Like [`parse`] for a Close that comes while the connection closes anyway: nothing is judged.
pub(crate) fn parse_leniently(payload: &[u8]) -> (u16, &str) {
    match payload {
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            (code, std::str::from_utf8(reason).unwrap_or_default())
        }
        _ => (NO_STATUS, ""),
    }
}

/// `reason`, cut at a character so that it fits a Close frame.
#[must_use]
pub fn fitting_reason(reason: &str) -> &str {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    &reason[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6455_7_4_codes_that_may_be_sent() {
        for code in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999] {
            assert!(is_valid_code(code), "{code}");
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
            assert!(!is_valid_code(code), "{code}");
        }
    }

    #[test]
    fn rfc6455_5_5_1_close_payload() {
        assert_eq!(parse(b""), Ok((NO_STATUS, "")));
        assert_eq!(parse(b"\x03"), Err(Failure::INVALID_CLOSE_FRAME));
        assert_eq!(parse(b"\x03\xe8"), Ok((1000, "")));
        assert_eq!(parse(b"\x03\xe8bye"), Ok((1000, "bye")));
        assert_eq!(parse(b"\x03\xed"), Err(Failure::INVALID_CLOSE_CODE));
        assert_eq!(parse(b"\x03\xe8\xff"), Err(Failure::INVALID_UTF8));
    }

    #[test]
    fn rfc6455_5_5_a_reason_fits_a_control_frame() {
        assert_eq!(fitting_reason("short"), "short");
        assert_eq!(fitting_reason(&"é".repeat(100)).len(), 122);
    }
}
