//! Answers to those who are not served.

use std::io::Write as _;
use std::time::{Duration, Instant};

use specgen_runtime::protocol::http;

use crate::lab::connection::Connection;

/// How long it may take to be taken.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `404 Not Found`.
    pub status: &'static str,
    /// In words.
    pub why: String,
}

impl Refusal {
    /// The request makes no sense.
    pub fn bad(why: impl Into<String>) -> Self {
        Self { status: "400 Bad Request", why: why.into() }
    }

    /// There is no such thing.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { status: "404 Not Found", why: why.into() }
    }

    /// Answers so. Who is gone does not hear it.
    pub fn send(&self, connection: &mut Connection) {
        let answer = http::answer(self.status, "text/plain; charset=utf-8", "", &format!("{}\n", self.why));
        // The time for the request may be over.
        connection.set_deadline(Instant::now() + PATIENCE);
        let _ = connection.write_all(answer.as_bytes());
    }
}
