//! Where a connection's output goes.

/// Where a connection's output goes.
pub trait Sink {
    /// Takes one message with what stands in front of it, or another piece of the stream with an
    /// empty header.
    fn send(&mut self, header: &[u8], payload: &[u8]);
}

impl Sink for Vec<u8> {
    fn send(&mut self, header: &[u8], payload: &[u8]) {
        self.extend_from_slice(header);
        self.extend_from_slice(payload);
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn send(&mut self, header: &[u8], payload: &[u8]) {
        (**self).send(header, payload);
    }
}
