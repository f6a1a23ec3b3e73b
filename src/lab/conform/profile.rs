//! What is known of a server before it is asked.

use std::time::Duration;

use super::case::{Case, Trial};
use crate::model::Model;

/// What a server's spec says; nothing of it is known of a server at a URL.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Whether there is a spec at all.
    pub known: bool,
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
}

impl Profile {
    /// What the spec says that a server was generated from.
    pub fn of(model: &Model) -> Self {
        let (websocket, limits) = (&model.websocket, &model.limits);
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        Self {
            known: true,
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
        }
    }

    /// Why a case says nothing about this server.
    pub fn excludes(&self, case: &Case) -> Option<String> {
        let longest = case.longest();
        // Group 21 is about that limit.
        if let Some(limit) = self.message.filter(|limit| longest > *limit && case.id.group() != 21) {
            return Some(format!("it sends {longest} bytes, and limits.message is {limit}"));
        }
        if self.any_text && case.id.group() == 6 {
            return Some("websocket.validate_utf8 is off".to_owned());
        }
        let Trial::Exchange(exchange) = &case.trial else { return None };
        let (count, bytes) = (exchange.count as u64, (exchange.count * exchange.content.length()) as u64);
        if let Some(rate) = self.messages_per_second.filter(|rate| count > *rate) {
            return Some(format!("it sends {count} messages, and limits.messages_per_second is {rate}"));
        }
        let rate = self.bytes_per_second.filter(|rate| bytes > *rate)?;
        Some(format!("it sends {bytes} bytes, and limits.bytes_per_second is {rate}"))
    }
}
