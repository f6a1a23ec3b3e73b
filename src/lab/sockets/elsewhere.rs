//! Systems whose kernels specgen does not ask.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use super::options::{Kind, SocketOption, Value};
use super::{Limits, Owner, Socket};
use crate::diagnostics::{Diagnostic, codes};

fn not_here() -> Diagnostic {
    let message = format!("`specgen sockets` looks at sockets on Linux only, and this is {}", std::env::consts::OS);
    Diagnostic::new(&codes::NOT_ON_PLATFORM, message).help("run it where the server runs, if that is Linux")
}

/// Says that there is none.
pub fn sockets(_port: Option<u16>) -> Result<Vec<Socket>, Diagnostic> {
    Err(not_here())
}

/// There never is one.
pub struct UnixListener {
    /// As on Linux.
    pub inode: u64,
    /// As on Linux.
    pub owners: Vec<Owner>,
    /// As on Linux.
    pub backlog: u32,
}

/// Says that there is none.
pub fn unix_listener(_path: &Path) -> Result<UnixListener, Diagnostic> {
    Err(not_here())
}

/// As on Linux.
pub fn backlog(handle: &Handle) -> Result<Option<u32>, Diagnostic> {
    match *handle {}
}

/// None are known.
pub fn limits() -> Limits {
    Limits::default()
}

/// Not known.
pub fn name(_pid: u32) -> String {
    String::new()
}

/// Not known.
pub fn place_in_environment(_pid: u32) -> BTreeMap<String, String> {
    BTreeMap::new()
}

/// There never is one.
pub enum Handle {}

impl Handle {
    /// Says that there is none.
    pub fn take(_pid: u32, _fd: u32) -> Result<Self, Diagnostic> {
        Err(not_here())
    }

    /// As on Linux.
    pub fn inode(&self) -> u64 {
        match *self {}
    }

    /// As on Linux.
    pub fn kind(&self) -> io::Result<Kind> {
        match *self {}
    }

    /// As on Linux.
    pub fn local(&self) -> Option<SocketAddr> {
        match *self {}
    }

    /// As on Linux.
    pub fn remote(&self) -> Option<SocketAddr> {
        match *self {}
    }

    /// As on Linux.
    pub fn path(&self) -> Option<String> {
        match *self {}
    }

    /// As on Linux.
    pub fn read(&self, _option: SocketOption) -> Option<Value> {
        match *self {}
    }
}
