//! A socket that is not waited for, with or without TLS.

use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};

use mio::net::TcpStream;
use rustls::ClientConnection;

/// A connection that is being made, or is there.
#[derive(Debug)]
pub(super) struct Channel {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
}

impl Channel {
    /// Begins to connect.
    pub(super) fn connect(address: SocketAddr, tls: Option<ClientConnection>) -> io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(address)?, tls: tls.map(Box::new) })
    }

    /// The socket, to be registered.
    pub(super) fn source(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Whether there is a connection by now.
    pub(super) fn is_connected(&self) -> io::Result<bool> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Ok(_) => {
                // Latencies are to be the server's, not Nagle's.
                let _ = self.stream.set_nodelay(true);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether TLS, where there is any, is agreed on.
    pub(super) fn is_secured(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| !tls.is_handshaking())
    }

    /// Whether a read of `size` bytes into a buffer of `room` took all that there was: the system tells of what comes afterwards.
    #[inline]
    pub(super) fn is_drained(&self, size: usize, room: usize) -> bool {
        // Windows tells only after a read that had to wait.
        self.tls.is_none() && size < room && cfg!(unix)
    }

    /// Reads what is there.
    #[inline]
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.stream.read(buffer),
            Some(tls) => read_secured(tls, &mut self.stream, buffer),
        }
    }

    /// Writes what the system takes.
    #[inline]
    pub(super) fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.stream.write_vectored(slices);
        };
        // What was encrypted before goes first: the rest is taken in turn, so that memory is bounded.
        flush_secured(tls, &mut self.stream)?;
        let size = tls.writer().write_vectored(slices)?;
        match flush_secured(tls, &mut self.stream) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            // A handshake that goes on keeps what it has no key for yet.
            _ if size == 0 => Err(ErrorKind::WouldBlock.into()),
            _ => Ok(size),
        }
    }

    /// Writes what TLS holds back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match &mut self.tls {
            None => Ok(()),
            Some(tls) => flush_secured(tls, &mut self.stream),
        }
    }

    /// Tells the server that nothing more comes.
    pub(super) fn shutdown(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = flush_secured(tls, &mut self.stream);
        }
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

fn read_secured(tls: &mut ClientConnection, stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match tls.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // RFC 8446 §6.1: a server that ends TCP without a close_notify has ended too.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
            result => return result,
        }
        if tls.read_tls(stream)? == 0 {
            return Ok(0);
        }
        let processed = tls.process_new_packets();
        // An alert, or the next step of the handshake, is to be sent whatever came.
        match flush_secured(tls, stream) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
        processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
    }
}

fn flush_secured(tls: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(stream)?;
    }
    Ok(())
}
