//! Tells whether a handler was ever called while another one ran.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use specgen_runtime::{BytesHandler, BytesPeer, HandlerError};

static INSIDE: AtomicU32 = AtomicU32::new(0);
static OVERLAPPED: AtomicBool = AtomicBool::new(false);

fn stay() {
    if INSIDE.fetch_add(1, Ordering::SeqCst) > 0 {
        OVERLAPPED.store(true, Ordering::SeqCst);
    }
    std::thread::sleep(Duration::from_millis(2));
    INSIDE.fetch_sub(1, Ordering::SeqCst);
}

#[derive(Default)]
pub struct Handlers;

impl BytesHandler for Handlers {
    fn on_open(&mut self, _peer: &mut BytesPeer<'_>) -> Result<(), HandlerError> {
        stay();
        Ok(())
    }

    fn on_message(&mut self, peer: &mut BytesPeer<'_>, _message: &[u8]) -> Result<(), HandlerError> {
        stay();
        peer.send(if OVERLAPPED.load(Ordering::SeqCst) { "overlapped" } else { "alone" }.as_bytes());
        Ok(())
    }

    fn on_close(&mut self, _peer: &mut BytesPeer<'_>) {
        stay();
    }
}
