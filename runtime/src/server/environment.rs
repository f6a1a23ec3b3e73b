//! The environment variables of a server, read once at start.

use super::address::Place;
use super::config::{Config, Level};
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::PathBuf;
use std::str::FromStr;
#[cfg(feature = "websocket")]
use std::time::Duration;

const LARGEST_MESSAGE: usize = 1 << 31;
#[cfg(feature = "websocket")]
const LONGEST_INTERVAL: u64 = 86_400_000;

/// What the program starts with.
#[derive(Debug)]
pub struct Start {
    /// The configuration, with the variables applied.
    pub config: Config,
    /// Where to listen.
    pub place: Place,
    /// Whether to print every socket operation.
    pub trace: bool,
}

/// Applies the variables that `lookup` finds.
///
/// # Errors
/// One line that names the wrong variable.
pub fn apply(config: &Config, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Start, String> {
    let variables = Variables { lookup };
    let mut config = *config;
    let place = place(&config, &variables)?;
    let bytes = "a number of bytes (1–2147483648)";
    let most = variables.number("WS_MAX_PAYLOAD", bytes, 1..=LARGEST_MESSAGE as u64)?;
    apply_most(&mut config, most);
    apply_heartbeat(&mut config, &variables)?;
    apply_compression(&mut config, &variables)?;
    #[cfg(feature = "auth")]
    apply_tokens(&mut config, &variables)?;
    let trace = variables.parse("SOCKET_DEBUG", TRUE_OR_FALSE, bool::from_str)?;
    let levels = "a log level (debug, info, warn, error)";
    if let Some(level) = variables.parse("LOG_LEVEL", levels, level)? {
        config.log.level = level;
    }
    Ok(Start { config, place, trace: trace.unwrap_or(false) })
}

#[cfg(feature = "stream")]
fn apply_most(config: &mut Config, most: Option<u64>) {
    config.limits.message = most.map_or(config.limits.message, |most| most as usize);
}

/// A datagram has its own limit.
#[cfg(not(feature = "stream"))]
fn apply_most(_: &mut Config, _: Option<u64>) {}

fn place<F>(config: &Config, variables: &Variables<F>) -> Result<Place, String>
where
    F: Fn(&str) -> Option<OsString>,
{
    let place = match variables.parse("HOST", "an IPv4 or IPv6 address", host)? {
        Some(place) => place,
        None => host(config.listen.host)
            .map_err(|()| format!("listen.host: {:?} is not an address", config.listen.host))?,
    };
    let port = variables.number("PORT", "a port (0–65535)", 0..=u64::from(u16::MAX))?;
    let port = port.map_or(config.listen.port, |port| port as u16);
    Ok(match place {
        Place::Ip(address) => Place::Ip(SocketAddr::new(address.ip(), port)),
        #[cfg(unix)]
        unix @ Place::Unix(_) => unix,
    })
}

/// The place that `text` names, with port 0.
fn host(text: &str) -> Result<Place, ()> {
    #[cfg(unix)]
    if let Some(path) = text.strip_prefix("unix:") {
        return if path.starts_with('/') { Ok(Place::Unix(PathBuf::from(path))) } else { Err(()) };
    }
    let ip = IpAddr::from_str(text).map_err(drop)?;
    Ok(Place::Ip(SocketAddr::new(ip, 0)))
}

const TRUE_OR_FALSE: &str = "true or false";
const NO_HEARTBEAT: &str = "0 (this server is built without heartbeat)";

#[cfg(feature = "websocket")]
fn apply_heartbeat<F>(config: &mut Config, variables: &Variables<F>) -> Result<(), String>
where
    F: Fn(&str) -> Option<OsString>,
{
    let (expected, most) = match config.heartbeat {
        Some(_) => ("a number of milliseconds (0–86400000)", LONGEST_INTERVAL),
        None => (NO_HEARTBEAT, 0),
    };
    let interval = variables.number("WS_PING_INTERVAL", expected, 0..=most)?;
    if let (Some(heartbeat), Some(interval)) = (&mut config.heartbeat, interval) {
        heartbeat.interval = Duration::from_millis(interval);
    }
    Ok(())
}

#[cfg(not(feature = "websocket"))]
fn apply_heartbeat<F>(_: &mut Config, variables: &Variables<F>) -> Result<(), String>
where
    F: Fn(&str) -> Option<OsString>,
{
    variables.number("WS_PING_INTERVAL", NO_HEARTBEAT, 0..=0).map(|_| ())
}

#[cfg(feature = "compression")]
fn apply_compression<F>(config: &mut Config, variables: &Variables<F>) -> Result<(), String>
where
    F: Fn(&str) -> Option<OsString>,
{
    if variables.parse("WS_COMPRESSION", TRUE_OR_FALSE, bool::from_str)? == Some(false) {
        config.websocket.compression = None;
    }
    Ok(())
}

#[cfg(not(feature = "compression"))]
fn apply_compression<F>(_: &mut Config, variables: &Variables<F>) -> Result<(), String>
where
    F: Fn(&str) -> Option<OsString>,
{
    let only_false = |text: &str| (text == "false").then_some(()).ok_or(());
    let expected = "false (this server is built without compression)";
    variables.parse("WS_COMPRESSION", expected, only_false).map(|_| ())
}

#[cfg(feature = "auth")]
fn apply_tokens<F>(config: &mut Config, variables: &Variables<F>) -> Result<(), String>
where
    F: Fn(&str) -> Option<OsString>,
{
    if let Some(auth) = &mut config.websocket.auth {
        auth.tokens = super::tokens::read(auth, &variables.lookup)?;
    }
    Ok(())
}

struct Variables<F> {
    lookup: F,
}

impl<F: Fn(&str) -> Option<OsString>> Variables<F> {
    /// The value of a variable; one that is empty counts as unset.
    fn parse<T, E>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, String> {
        let Some(value) = (self.lookup)(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let text = value.to_string_lossy();
        parse(&text).map(Some).map_err(|_| format!("{name}: {text:?} is not {expected}"))
    }

    /// A decimal number without sign.
    fn number(
        &self,
        name: &str,
        expected: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, String> {
        self.parse(name, expected, |text| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = if digits { text.parse().ok() } else { None };
            number.filter(|number| range.contains(number)).ok_or(())
        })
    }
}

fn level(text: &str) -> Result<Level, ()> {
    match text {
        "debug" => Ok(Level::Debug),
        "info" => Ok(Level::Info),
        "warn" => Ok(Level::Warn),
        "error" => Ok(Level::Error),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::tests::CONFIG;

    fn with(name: &'static str, value: &'static str) -> Result<Start, String> {
        apply(&CONFIG, |asked| (asked == name).then(|| value.into()))
    }

    #[test]
    fn variables_override_the_spec() {
        assert_eq!(with("PORT", "0").unwrap().place.to_string(), "127.0.0.1:0");
        assert_eq!(with("PORT", "").unwrap().place.to_string(), "127.0.0.1:8080");
        assert_eq!(with("HOST", "::1").unwrap().place.to_string(), "[::1]:8080");
        assert_eq!(with("HOST", "unix:/a b").unwrap().place.to_string(), "/a b");
        assert_eq!(with("WS_MAX_PAYLOAD", "5").unwrap().config.limits.message, 5);
        assert_eq!(with("LOG_LEVEL", "warn").unwrap().config.log.level, Level::Warn);
        assert!(with("SOCKET_DEBUG", "true").unwrap().trace);
    }

    #[test]
    fn wrong_values_are_named() {
        let error = |name, value| with(name, value).unwrap_err();
        assert_eq!(error("PORT", "99999"), "PORT: \"99999\" is not a port (0–65535)");
        assert_eq!(
            error("HOST", "localhost"),
            "HOST: \"localhost\" is not an IPv4 or IPv6 address"
        );
        for (name, value) in [
            ("HOST", "unix:relative"),
            ("PORT", "+1"),
            ("PORT", " 1"),
            ("WS_MAX_PAYLOAD", "0"),
            ("WS_MAX_PAYLOAD", "2147483649"),
            ("WS_PING_INTERVAL", "86400001"),
            ("WS_COMPRESSION", "yes"),
            ("SOCKET_DEBUG", "1"),
            ("LOG_LEVEL", "trace"),
        ] {
            assert!(error(name, value).starts_with(name), "{name}");
        }
    }
}
