//! Servers that specgen did not generate, for what judges servers: libraries of others, and one with faults.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::broken::{self, Fault};
use crate::server::TestServer;
use crate::{paths, tools};

/// A server that echoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The npm package `ws`.
    Ws,
    /// The Python package `websockets`.
    Websockets,
    /// A server of our own, with a fault or none.
    Broken(Option<Fault>),
}

/// One that runs.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    _process: Option<TestServer>,
}

impl Peer {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let broken = Fault::ALL.map(|fault| Self::Broken(Some(fault)));
        [Self::Ws, Self::Websockets, Self::Broken(None)].into_iter().chain(broken).collect()
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started, or its library is not installed.
    pub fn start(self) -> Result<Running> {
        let mut command = match self {
            Self::Ws => Command::new(tools::find("node")?),
            Self::Websockets => Command::new(tools::python_tool("python")?),
            Self::Broken(fault) => {
                return Ok(Running { address: broken::start(fault.as_slice())?, _process: None });
            }
        };
        match self {
            Self::Ws => command.arg(paths::client("ws-server.mjs")).arg(tools::node_modules()?),
            _ => command.arg(paths::client("websockets_server.py")),
        };
        let server = TestServer::launch(command)?;
        Ok(Running { address: server.address, _process: Some(server) })
    }

    /// Where the Autobahn suite's results are kept.
    #[must_use]
    pub fn kept(self) -> PathBuf {
        paths::root().join("generated-tests/autobahn/peers").join(format!("{self}.json"))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ws => f.write_str("ws"),
            Self::Websockets => f.write_str("websockets"),
            Self::Broken(None) => f.write_str("broken-not"),
            Self::Broken(Some(fault)) => write!(f, "broken-{}", fault.name()),
        }
    }
}
