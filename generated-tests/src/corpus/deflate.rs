//! Compressed payloads as a client would send them.

use flate2::{Compress, Compression, FlushCompress};

/// A deflater that carries its window over from message to message.
pub struct Deflater(Compress);

impl Deflater {
    pub fn new(level: u32) -> Self {
        Self(Compress::new(Compression::new(level), false))
    }

    /// One message: flushed to a byte boundary, without the trailing 00 00 FF FF (RFC 7692 §7.2.1).
    pub fn message(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(payload.len() + payload.len() / 8 + 256);
        let start = self.0.total_in();
        loop {
            let done = usize::try_from(self.0.total_in() - start).unwrap_or(usize::MAX);
            let step = self.0.compress_vec(&payload[done..], &mut out, FlushCompress::Sync);
            if step.is_err() || out.len() < out.capacity() {
                break;
            }
            out.reserve(out.len());
        }
        let end = out.len() - 4;
        assert_eq!(out[end..], [0, 0, 0xff, 0xff], "a sync flush ends so");
        out.truncate(end);
        out
    }
}

/// One message with an empty window before it.
pub fn deflated(payload: impl AsRef<[u8]>) -> Vec<u8> {
    Deflater::new(6).message(payload.as_ref())
}

/// Bytes that do not compress, the same ones every time.
pub fn noise(length: usize) -> Vec<u8> {
    let mut random = super::mutate::Random::new(99);
    (0..length).map(|_| random.byte()).collect()
}
