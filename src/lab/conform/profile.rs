//! What is known of a server before it is asked.

use std::time::Duration;

use super::case::Case;
use crate::model::Model;

/// What a server's spec says; nothing of it is known of a server at a URL.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The one path that is served.
    pub path: Option<String>,
    /// Origins that are allowed; none: any.
    pub origins: Vec<String>,
    /// In the server's order of preference.
    pub subprotocols: Vec<String>,
    /// Whether one of them has to be offered.
    pub require_subprotocol: bool,
    /// The longest message, in bytes.
    pub message: Option<usize>,
    /// Messages a second, of one connection.
    pub messages_per_second: Option<u64>,
    /// Bytes a second, of one connection.
    pub bytes_per_second: Option<u64>,
    /// The longest head of a request, in bytes.
    pub head: Option<usize>,
    /// How long the head may take.
    pub head_time: Option<Duration>,
    /// Whether a bearer token is wanted.
    pub token: bool,
    /// Whether text is left unjudged.
    pub any_text: bool,
    /// Connections that the server takes at a time, of one client.
    pub connections: Option<usize>,
}

impl Profile {
    /// What the spec says that a server was generated from.
    pub fn of(model: &Model) -> Self {
        let (websocket, limits) = (&model.websocket, &model.limits);
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        Self {
            path: websocket.path.clone(),
            origins: websocket.origins.clone(),
            subprotocols: websocket.subprotocols.clone(),
            require_subprotocol: websocket.require_subprotocol,
            message: Some(size(limits.message)),
            messages_per_second: limits.messages_per_second,
            bytes_per_second: limits.bytes_per_second,
            head: Some(size(limits.handshake)),
            head_time: Some(Duration::from_millis(model.timeouts.handshake)),
            token: model.auth.is_some(),
            any_text: !websocket.validate_utf8,
            connections: Some(size(limits.connections.min(limits.connections_per_client.unwrap_or(u64::MAX)))),
        }
    }

    /// Whether there is a spec at all: every spec has a limit of messages.
    pub fn is_known(&self) -> bool {
        self.message.is_some()
    }

    /// Why a case says nothing about this server.
    pub fn excludes(&self, case: &Case) -> Option<String> {
        let longest = case.longest();
        // Group 21 is about that limit.
        if let Some(limit) = self.message.filter(|limit| longest > *limit && case.id.group() != 21) {
            return Some(format!("it sends {longest} bytes, and limits.message is {limit}"));
        }
        if self.any_text && case.wants_text_judged() {
            return Some("websocket.validate_utf8 is off".to_owned());
        }
        let (messages, bytes) = (case.messages() as u64, case.payload_bytes() as u64);
        if let Some(rate) = self.messages_per_second.filter(|rate| messages > *rate) {
            return Some(format!("it sends {messages} messages, and limits.messages_per_second is {rate}"));
        }
        let rate = self.bytes_per_second.filter(|rate| bytes > *rate)?;
        Some(format!("it sends {bytes} bytes, and limits.bytes_per_second is {rate}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::conform::cases;

    /// The cases that say nothing about such a server, and would about another one.
    fn excluded(profile: &Profile) -> Vec<String> {
        let cases = cases::all(&Profile::default());
        cases.iter().filter(|case| profile.excludes(case).is_some()).map(|case| case.id.to_string()).collect()
    }

    #[test]
    fn unjudged_text_excludes_the_cases_that_want_it_judged() {
        let found = excluded(&Profile { any_text: true, ..Profile::default() });
        let has = |id: &str| found.iter().any(|found| found == id);
        assert!(has("6.3.1") && has("6.4.1") && has("6.20.1") && has("22.4.10"), "{found:?}");
        // Text that is in order is echoed all the same, and the reason of a Close is always judged.
        assert!(!has("6.1.1") && !has("6.2.1") && !has("6.5.1") && !has("7.5.1") && !has("23.3.2"), "{found:?}");
        assert!(!has("22.4.9"), "{found:?}");
    }

    #[test]
    fn rates_exclude_cases_of_every_trial() {
        let slow = excluded(&Profile { messages_per_second: Some(9), ..Profile::default() });
        let has = |found: &[String], id: &str| found.iter().any(|found| found == id);
        assert!(has(&slow, "9.7.1") && has(&slow, "12.1.1") && has(&slow, "23.4.2"), "{slow:?}");
        assert!(!has(&slow, "2.10") && !has(&slow, "1.1.8") && !has(&slow, "9.1.6"), "{slow:?}");
        let narrow = excluded(&Profile { bytes_per_second: Some(65_535), ..Profile::default() });
        assert!(has(&narrow, "1.1.7") && has(&narrow, "23.4.9") && has(&narrow, "9.1.1"), "{narrow:?}");
        assert!(!has(&narrow, "1.1.6") && !has(&narrow, "20.1.1") && !has(&narrow, "6.4.3"), "{narrow:?}");
        let narrowest = excluded(&Profile { bytes_per_second: Some(4), ..Profile::default() });
        assert!(has(&narrowest, "20.1.1") && !has(&narrowest, "20.3.1"), "{narrowest:?}");
    }
}
