//! Addresses as people write them.

use std::net::{IpAddr, SocketAddr};

use crate::text::quote;

/// Reads `IP:PORT`, of IPv6 `[IP]:PORT`. IPv4 inside of IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address.
///
/// # Errors
/// What is wrong with it, and what is right.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => Err("no socket has port 0".to_owned()),
        Ok(address) => Ok(canonical(address)),
        Err(_) => Err(reason(text)),
    }
}

/// IPv4 inside of IPv6 as IPv4: what a dual-stack socket talks to.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn reason(text: &str) -> String {
    let ip = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if ip.parse::<IpAddr>().is_ok() {
        let example = if ip.contains(':') { format!("[{ip}]:8080") } else { format!("{ip}:8080") };
        return format!("the port is missing; for example {example}");
    }
    if text.starts_with("unix:") || text.starts_with('/') {
        return "a unix socket has no IP address; `specgen sockets options --path PATH` shows its options".to_owned();
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return "not an address; for example 127.0.0.1:8080 or [::1]:8080".to_owned();
    };
    if port.parse::<u16>().is_err() {
        return format!("{} is no port; a port is a number from 1 to 65535", quote(port));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return format!("an IPv6 address stands in brackets before its port: [{bare}]:{port}");
    }
    format!("{} is no IP address (names are not looked up); for example 127.0.0.1:{port}", quote(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(parse("127.0.0.1:80").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(parse("[::1]:80").unwrap().to_string(), "[::1]:80");
        assert_eq!(parse("[::ffff:10.0.0.1]:80").unwrap().to_string(), "10.0.0.1:80");
    }

    #[test]
    fn broken_addresses_are_told_what_is_wrong() {
        for (text, reason) in [
            ("", "not an address; for example 127.0.0.1:8080 or [::1]:8080"),
            ("127.0.0.1", "the port is missing; for example 127.0.0.1:8080"),
            ("::1", "the port is missing; for example [::1]:8080"),
            ("[::1]", "the port is missing; for example [::1]:8080"),
            ("127.0.0.1:0", "no socket has port 0"),
            ("127.0.0.1:70000", "`70000` is no port; a port is a number from 1 to 65535"),
            ("127.0.0.1:http", "`http` is no port; a port is a number from 1 to 65535"),
            ("127.0.0.1:", "`` is no port; a port is a number from 1 to 65535"),
            ("127.0.0.1:-1", "`-1` is no port; a port is a number from 1 to 65535"),
            ("300.0.0.1:80", "`300.0.0.1` is no IP address (names are not looked up); for example 127.0.0.1:80"),
            ("localhost:80", "`localhost` is no IP address (names are not looked up); for example 127.0.0.1:80"),
            (":80", "`` is no IP address (names are not looked up); for example 127.0.0.1:80"),
            ("[fe80::1:80", "an IPv6 address stands in brackets before its port: [fe80::1]:80"),
            ("1 2:80", "`1 2` is no IP address (names are not looked up); for example 127.0.0.1:80"),
            ("unix:/run/x", "a unix socket has no IP address; `specgen sockets options --path PATH` shows its options"),
        ] {
            assert_eq!(parse(text).unwrap_err(), reason, "{text}");
        }
    }
}
