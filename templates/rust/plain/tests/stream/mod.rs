//! Connections to the server.

use crate::server::Server;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

pub type Stream = TcpStream;

/// A connection that gives up when nothing comes.
pub fn connect(server: &Server) -> Stream {
    let stream = TcpStream::connect(&server.address).expect("a connection");
    set_patience(&stream, Duration::from_secs(5));
    stream
}

/// For how long something is waited for.
pub fn set_patience(stream: &Stream, patience: Duration) {
    stream.set_read_timeout(Some(patience)).expect("a time-out");
}

/// Ends what is sent.
pub fn finish(stream: &mut Stream) {
    stream.shutdown(Shutdown::Write).expect("the stream ends");
}
