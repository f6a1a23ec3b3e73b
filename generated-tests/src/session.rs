//! One blocking client connection, for tests whose subject is time or order.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::net::{self, AddressFamily, SocketType};

use crate::answer::{Answer, End};
use crate::frame::{self, CLOSE, Frame, PING, Received};
use crate::request::{Request, acceptance};
use crate::server::TestServer;
use crate::tls::{Client, Layer};

/// A WebSocket client that does nothing by itself.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    pending: Vec<u8>,
    tls: Option<Box<Layer>>,
}

impl Session {
    /// Connects and upgrades without offering anything.
    ///
    /// # Errors
    /// When the answer is not the plain acceptance.
    pub fn open(server: &TestServer, path: &str) -> Result<Self> {
        Self::raw(server)?.upgrade(server, path)
    }

    /// As [`Session::open`], from another address of this machine.
    ///
    /// # Errors
    /// When the answer is not the plain acceptance.
    pub fn open_from(server: &TestServer, source: &str, path: &str) -> Result<Self> {
        Self::raw_from(server, source)?.upgrade(server, path)
    }

    fn upgrade(mut self, server: &TestServer, path: &str) -> Result<Self> {
        let session = &mut self;
        session.send(&Request::new(path).bytes())?;
        let expected = acceptance(None, None);
        let head = session.head()?;
        ensure!(head == expected, "{}: not accepted: {}", server.name(), String::from_utf8_lossy(&head));
        Ok(self)
    }

    /// Connects without a handshake.
    ///
    /// # Errors
    /// When the server does not accept.
    pub fn raw(server: &TestServer) -> Result<Self> {
        Ok(Self::over(server.connect()?))
    }

    /// Connects without a handshake from another address of this machine, such as 127.0.0.2.
    ///
    /// # Errors
    /// When the server does not accept.
    pub fn raw_from(server: &TestServer, source: &str) -> Result<Self> {
        let source = SocketAddr::new(source.parse()?, 0);
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
        net::bind(&socket, &source)?;
        net::connect(&socket, &server.address).context("cannot connect")?;
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }

    /// A connection that is there already.
    #[must_use]
    pub fn over(stream: TcpStream) -> Self {
        Self { stream, pending: vec![], tls: None }
    }

    /// Connects and runs a TLS handshake to its end.
    ///
    /// # Errors
    /// When the server does not accept, or refuses the handshake.
    pub fn secure(server: &TestServer, client: &Client) -> Result<Self> {
        let mut session = Self::raw(server)?;
        let mut layer = client.layer()?;
        layer.handshake(&mut session.stream).context("TLS handshake")?;
        session.tls = Some(Box::new(layer));
        Ok(session)
    }

    /// As [`Session::open`], over TLS.
    ///
    /// # Errors
    /// When the handshake is refused, or the answer is not the plain acceptance.
    pub fn open_secure(server: &TestServer, client: &Client, path: &str) -> Result<Self> {
        Self::secure(server, client)?.upgrade(server, path)
    }

    /// The TLS of this connection.
    ///
    /// # Errors
    /// When it has none.
    pub fn layer(&mut self) -> Result<&mut Layer> {
        self.tls.as_deref_mut().context("no TLS")
    }

    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// # Errors
    /// When the connection is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.tls {
            None => self.stream.write_all(bytes),
            Some(layer) => layer.send(&mut self.stream, bytes),
        }
        .context("cannot send")
    }

    /// # Errors
    /// When the connection is gone.
    pub fn send_frame(&mut self, frame: &Frame) -> Result<()> {
        self.send(&frame.bytes())
    }

    /// Ends the client's side of the stream.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn finish(&mut self) -> Result<()> {
        if let Some(layer) = &mut self.tls {
            layer.finish(&mut self.stream)?;
        }
        self.stream.shutdown(Shutdown::Write).context("cannot shut down")
    }

    /// The next frame.
    ///
    /// # Errors
    /// When none comes within ten seconds, the stream ends, or it is one that no server may send.
    pub fn frame(&mut self) -> Result<Received> {
        self.frame_within(Duration::from_secs(10))
    }

    /// The next frame, if it comes within `limit`.
    ///
    /// # Errors
    /// As for [`Session::frame`].
    pub fn frame_within(&mut self, limit: Duration) -> Result<Received> {
        let deadline = Instant::now() + limit;
        loop {
            let mut rest = &self.pending[..];
            match frame::take(&mut rest) {
                Ok(frame) => {
                    self.pending = rest.to_vec();
                    return Ok(frame);
                }
                Err(text) if text.contains("incomplete") => {}
                Err(text) => bail!("the server sent {text}"),
            }
            if !self.receive(deadline)? {
                bail!("the stream ended instead of a frame");
            }
        }
    }

    /// The next bytes, as many.
    ///
    /// # Errors
    /// When they do not come within ten seconds, or the stream ends before.
    pub fn exactly(&mut self, size: usize) -> Result<Vec<u8>> {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.pending.len() < size {
            ensure!(self.receive(deadline)?, "the stream ended behind {} of {size} bytes", self.pending.len());
        }
        let rest = self.pending.split_off(size);
        Ok(std::mem::replace(&mut self.pending, rest))
    }

    /// The next line, without its line feed.
    ///
    /// # Errors
    /// When none comes within ten seconds, or the stream ends before.
    pub fn line(&mut self) -> Result<Vec<u8>> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let mut line = self.exactly(end + 1)?;
                line.pop();
                return Ok(line);
            }
            ensure!(self.receive(deadline)?, "the stream ended behind {:?}", String::from_utf8_lossy(&self.pending));
        }
    }

    /// Everything that comes until the end of the stream.
    ///
    /// # Errors
    /// When the socket fails otherwise than by a reset.
    pub fn rest(&mut self, limit: Duration) -> Result<(Vec<u8>, End)> {
        let deadline = Instant::now() + limit;
        loop {
            match self.receive(deadline) {
                Ok(true) => {}
                Ok(false) => return Ok((std::mem::take(&mut self.pending), End::Eof)),
                Err(error) => {
                    let reset = format!("{error:#}").contains("reset");
                    let end = if reset { End::Reset } else { End::Mute };
                    return Ok((std::mem::take(&mut self.pending), end));
                }
            }
        }
    }

    /// The rest as an answer to a connection that was accepted before.
    ///
    /// # Errors
    /// As for [`Session::rest`].
    pub fn answer(&mut self, limit: Duration) -> Result<Answer> {
        let (bytes, end) = self.rest(limit)?;
        let mut answer = Answer::parse(&[acceptance(None, None), bytes].concat(), end);
        answer.items.retain(|item| !matches!(item, crate::answer::Item::Frame { opcode: PING, .. }));
        Ok(answer)
    }

    /// The code of the Close that ends the connection; Pings before it are passed over.
    ///
    /// # Errors
    /// When the stream does not end with a Close within `limit`.
    pub fn close_code(&mut self, limit: Duration) -> Result<u16> {
        let answer = self.answer(limit)?;
        match answer.close_code() {
            Some(code) if answer.end == End::Eof => Ok(code),
            _ => bail!("no clean close: {answer:?}"),
        }
    }

    /// Closes politely and checks the answer.
    ///
    /// # Errors
    /// When the server does not echo the Close and end its stream.
    pub fn close(mut self) -> Result<()> {
        self.send_frame(&Frame::close(1000, ""))?;
        loop {
            let frame = self.frame()?;
            if frame.opcode == CLOSE {
                ensure!(frame.payload == 1000u16.to_be_bytes(), "Close answered with {:?}", frame.payload);
                break;
            }
        }
        let (rest, end) = self.rest(Duration::from_secs(5))?;
        ensure!(rest.is_empty() && end == End::Eof, "after the Close: {end:?}, {} bytes", rest.len());
        Ok(())
    }

    fn head(&mut self) -> Result<Vec<u8>> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(end) = self.pending.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = self.pending.split_off(end + 4);
                return Ok(std::mem::replace(&mut self.pending, rest));
            }
            ensure!(self.receive(deadline)?, "the stream ended inside the answer's head");
        }
    }

    /// Reads once; false at the end of the stream.
    fn receive(&mut self, deadline: Instant) -> Result<bool> {
        let mut buffer = [0; 65536];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            ensure!(!left.is_zero(), "nothing came in time");
            self.stream.set_read_timeout(Some(left))?;
            let received = match &mut self.tls {
                Some(layer) => layer.receive(&mut self.stream, &mut self.pending),
                None => self.stream.read(&mut buffer).map(|size| {
                    self.pending.extend_from_slice(&buffer[..size]);
                    size > 0
                }),
            };
            match received {
                Ok(more) => return Ok(more),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(error).context("cannot receive"),
            }
        }
    }
}
