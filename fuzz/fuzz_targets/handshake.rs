//! Any request head: judged without a panic, and answered in HTTP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specgen_runtime::protocol::extension::{self, Wishes};
use specgen_runtime::protocol::handshake::{Policy, judge};
use specgen_runtime::protocol::http::{Extent, extent};

const POLICY: Policy = Policy {
    path: Some("/"),
    origins: &["https://example.org"],
    subprotocols: &["b", "a"],
    require_subprotocol: false,
    compression: Some(Wishes {
        server_no_context_takeover: true,
        client_no_context_takeover: false,
        server_max_window_bits: 12,
        client_max_window_bits: 9,
    }),
};

fuzz_target!(|bytes: &[u8]| {
    let _ = extension::accept(bytes);
    let Extent::Complete { start, end } = extent(bytes, 0, 8192) else { return };
    let answer = match judge(&bytes[start..end], &POLICY, || Ok(())) {
        Ok(acceptance) => acceptance.answer(),
        Err(refusal) => refusal.answer(),
    };
    assert!(answer.starts_with("HTTP/1.1 ") && answer.contains("\r\n\r\n"));
});
