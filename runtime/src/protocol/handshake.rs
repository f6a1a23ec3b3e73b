//! The server's side of the opening handshake (RFC 6455 §4.2).

#[cfg(feature = "auth")]
use super::bearer;
#[cfg(feature = "compression")]
use super::extension;
use super::extension::Agreement;
use super::http::{self, Fields, RequestLine};
use super::{base64, sha1};
use std::fmt::Write as _;

/// RFC 6455 §1.3.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The base64 of 16 bytes: 22 digits and two padding characters.
const KEY_DIGITS: usize = 22;

/// What a server serves, and to whom.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// The resource; `None` serves every path.
    pub path: Option<&'static str>,
    /// The allowed `Origin` values; empty: every one.
    pub origins: &'static [&'static str],
    /// The subprotocols, the preferred one first.
    pub subprotocols: &'static [&'static str],
    /// Refuse a client with which no subprotocol is shared.
    pub require_subprotocol: bool,
    /// The tokens of which a client has to show one; `None`: it has not.
    #[cfg(feature = "auth")]
    pub tokens: Option<bearer::Tokens>,
    /// The resource that says whether the server is well; `None`: there is none.
    #[cfg(feature = "health")]
    pub health: Option<&'static str>,
    /// The resource that tells what is counted; `None`: there is none.
    #[cfg(feature = "metrics-page")]
    pub metrics: Option<&'static str>,
    /// What to negotiate of permessage-deflate; `None`: nothing.
    #[cfg(feature = "compression")]
    pub compression: Option<extension::Wishes>,
}

/// A handshake that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The body, without its line feed.
    pub reason: &'static str,
    phrase: &'static str,
    extra: &'static str,
}

impl Refusal {
    const MALFORMED: Self = bad_request("malformed request");
    const OLD_HTTP: Self = bad_request("HTTP/1.1 required");
    const HOST: Self = bad_request("one valid Host field required");
    const BODY: Self = bad_request("request body not allowed");
    const KEY: Self = bad_request("invalid Sec-WebSocket-Key");
    const SUBPROTOCOL: Self = bad_request("no common subprotocol");
    const ORIGIN: Self = refusal(403, "Forbidden", "origin not allowed", "");
    #[cfg(feature = "auth")]
    const TOKEN: Self =
        refusal(401, "Unauthorized", "token required", "WWW-Authenticate: Bearer\r\n");
    const PATH: Self = refusal(404, "Not Found", "no such resource", "");
    const METHOD: Self =
        refusal(405, "Method Not Allowed", "only GET is allowed", "Allow: GET\r\n");
    const UPGRADE: Self =
        refusal(426, "Upgrade Required", "websocket upgrade required", "Upgrade: websocket\r\n");
    const VERSION: Self = refusal(
        426,
        "Upgrade Required",
        "websocket version 13 required",
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    );
    const HTTP_VERSION: Self = refusal(505, "HTTP Version Not Supported", "HTTP/1.1 required", "");

    /// No refusal but the answer to a health check.
    #[cfg(feature = "health")]
    pub const HEALTHY: Self = refusal(200, "OK", "ok", "");

    /// No refusal but the answer with what is counted, which is its body.
    #[cfg(feature = "metrics-page")]
    pub const METRICS: Self = refusal(200, "OK", "", "");

    /// The head exceeds `limits.handshake`.
    pub const TOO_LARGE: Self =
        refusal(431, "Request Header Fields Too Large", "request head too large", "");
    /// The head took longer than `timeouts.handshake`.
    pub const TOO_SLOW: Self = refusal(408, "Request Timeout", "handshake took too long", "");
    /// `limits.connections` are open.
    pub const FULL: Self =
        refusal(503, "Service Unavailable", "too many connections", "Retry-After: 5\r\n");
    /// `limits.connections_per_client` are open from this address.
    pub const FULL_FOR_CLIENT: Self =
        refusal(429, "Too Many Requests", "too many connections from this address", "");

    /// The whole answer.
    #[must_use]
    pub fn answer(&self) -> String {
        let Self { status, phrase, reason, extra } = self;
        http::answer(&format!("{status} {phrase}"), http::TEXT, extra, &format!("{reason}\n"))
    }
}

const fn refusal(
    status: u16,
    phrase: &'static str,
    reason: &'static str,
    extra: &'static str,
) -> Refusal {
    Refusal { status, reason, phrase, extra }
}

const fn bad_request(reason: &'static str) -> Refusal {
    refusal(400, "Bad Request", reason, "")
}

/// A handshake that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    accept: String,
    /// The chosen subprotocol.
    pub subprotocol: Option<&'static str>,
    /// The negotiated permessage-deflate.
    pub compression: Option<Agreement>,
}

impl Acceptance {
    /// The whole answer.
    #[must_use]
    pub fn answer(&self) -> String {
        let mut answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n",
            self.accept
        );
        // Writing to a String cannot fail.
        if let Some(subprotocol) = self.subprotocol {
            let _ = write!(answer, "Sec-WebSocket-Protocol: {subprotocol}\r\n");
        }
        if let Some(agreement) = self.compression {
            let _ = write!(answer, "Sec-WebSocket-Extensions: {agreement}\r\n");
        }
        answer.push_str("\r\n");
        answer
    }
}

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
#[must_use]
pub fn accept_value(key: &[u8]) -> String {
    base64::encode(&sha1::digest(&[key, GUID].concat()))
}

/// Judges a complete head, in the order in which refusals take precedence. `admit` is asked for
/// the limits on connections once the request itself is in order.
///
/// # Errors
/// The first [`Refusal`] that applies.
pub fn judge(
    head: &[u8],
    policy: &Policy,
    admit: impl FnOnce() -> Result<(), Refusal>,
) -> Result<Acceptance, Refusal> {
    let (line, fields) = http::split(head).map_err(|_| Refusal::MALFORMED)?;
    let request = RequestLine::parse(line).ok_or(Refusal::MALFORMED)?;
    judge_http(&request, &fields)?;
    #[cfg(feature = "health")]
    judge_health(&request, &fields, policy)?;
    #[cfg(feature = "metrics-page")]
    judge_metrics(&request, &fields, policy)?;
    judge_resource(&request, policy)?;
    let key = judge_upgrade(&fields)?;
    judge_origin(&fields, policy.origins)?;
    let passed_over = judge_token(&request, &fields, policy)?;
    admit()?;
    let subprotocol = choose_subprotocol(&fields, passed_over, policy.subprotocols);
    if policy.require_subprotocol && subprotocol.is_none() {
        return Err(Refusal::SUBPROTOCOL);
    }
    let compression = negotiate_compression(&fields, policy);
    Ok(Acceptance { accept: accept_value(key), subprotocol, compression })
}

/// Rows 2 to 6: what any HTTP request has to fulfil.
fn judge_http(request: &RequestLine<'_>, fields: &Fields<'_>) -> Result<(), Refusal> {
    match request.version {
        (2.., _) => return Err(Refusal::HTTP_VERSION),
        (0, _) | (1, 0) => return Err(Refusal::OLD_HTTP),
        _ => {}
    }
    // RFC 9112 §3.2: 400 for a request without Host, with several, or with an invalid one.
    if !fields.single("Host").is_some_and(is_host) {
        return Err(Refusal::HOST);
    }
    let body = fields.values("Transfer-Encoding").next().is_some()
        || fields.values("Content-Length").any(|length| length != b"0");
    if body {
        return Err(Refusal::BODY);
    }
    if request.method == "GET" { Ok(()) } else { Err(Refusal::METHOD) }
}

fn is_host(host: &[u8]) -> bool {
    host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(byte))
}

/// A health check is no WebSocket's.
#[cfg(feature = "health")]
fn judge_health(
    request: &RequestLine<'_>,
    fields: &Fields<'_>,
    policy: &Policy,
) -> Result<(), Refusal> {
    if asks_for(policy.health, request, fields) { Err(Refusal::HEALTHY) } else { Ok(()) }
}

/// Nor is a look at what is counted.
#[cfg(feature = "metrics-page")]
fn judge_metrics(
    request: &RequestLine<'_>,
    fields: &Fields<'_>,
    policy: &Policy,
) -> Result<(), Refusal> {
    if asks_for(policy.metrics, request, fields) { Err(Refusal::METRICS) } else { Ok(()) }
}

/// Whether a resource that is no WebSocket is asked for, without an upgrade.
#[cfg(any(feature = "health", feature = "metrics-page"))]
fn asks_for(page: Option<&str>, request: &RequestLine<'_>, fields: &Fields<'_>) -> bool {
    page.is_some_and(|page| request.path() == Some(page.as_bytes()))
        && !fields.lists("Upgrade", "websocket")
}

fn judge_resource(request: &RequestLine<'_>, policy: &Policy) -> Result<(), Refusal> {
    let path = request.path().ok_or(Refusal::PATH)?;
    match policy.path {
        Some(served) if path != served.as_bytes() => Err(Refusal::PATH),
        _ => Ok(()),
    }
}

/// Rows 8 to 10: RFC 6455 §4.2.1. Returns the key.
fn judge_upgrade<'a>(fields: &Fields<'a>) -> Result<&'a [u8], Refusal> {
    if !fields.lists("Upgrade", "websocket") || !fields.lists("Connection", "upgrade") {
        return Err(Refusal::UPGRADE);
    }
    if fields.single("Sec-WebSocket-Version") != Some(b"13") {
        return Err(Refusal::VERSION);
    }
    fields.single("Sec-WebSocket-Key").filter(|key| is_key(key)).ok_or(Refusal::KEY)
}

fn is_key(key: &[u8]) -> bool {
    let Some((digits, padding)) = key.split_at_checked(KEY_DIGITS) else { return false };
    padding == b"==" && digits.iter().all(|&byte| base64::is_digit(byte))
}

/// RFC 6455 §10.2. A request without an Origin does not come from a browser, and passes.
fn judge_origin(fields: &Fields<'_>, origins: &[&str]) -> Result<(), Refusal> {
    if origins.is_empty() || fields.values("Origin").next().is_none() {
        return Ok(());
    }
    let allowed = |origin: &[u8]| origins.iter().any(|allowed| allowed.as_bytes() == origin);
    if fields.single("Origin").is_some_and(allowed) { Ok(()) } else { Err(Refusal::ORIGIN) }
}

/// RFC 6750. Returns the number of offered subprotocols that are a token.
#[cfg(feature = "auth")]
fn judge_token(
    request: &RequestLine<'_>,
    fields: &Fields<'_>,
    policy: &Policy,
) -> Result<usize, Refusal> {
    let Some(tokens) = policy.tokens else { return Ok(0) };
    let carried = bearer::carried(request.target, fields);
    if !tokens.know(&carried.token) {
        return Err(Refusal::TOKEN);
    }
    Ok(usize::from(carried.as_subprotocol))
}

#[cfg(not(feature = "auth"))]
#[expect(clippy::unnecessary_wraps, reason = "can fail in builds with auth")]
fn judge_token(_: &RequestLine<'_>, _: &Fields<'_>, _: &Policy) -> Result<usize, Refusal> {
    Ok(0)
}

fn choose_subprotocol(
    fields: &Fields<'_>,
    passed_over: usize,
    served: &[&'static str],
) -> Option<&'static str> {
    let offered = fields.joined("Sec-WebSocket-Protocol");
    let offered = http::elements(&offered).skip(passed_over);
    let is_offered = |name: &&str| offered.clone().any(|e| e == name.as_bytes());
    served.iter().copied().find(is_offered)
}

#[cfg(feature = "compression")]
fn negotiate_compression(fields: &Fields<'_>, policy: &Policy) -> Option<Agreement> {
    let wishes = policy.compression?;
    extension::negotiate(&fields.joined("Sec-WebSocket-Extensions"), wishes)
}

#[cfg(not(feature = "compression"))]
fn negotiate_compression(_: &Fields<'_>, _: &Policy) -> Option<Agreement> {
    None
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
