//! The server as a whole: it listens, and serves so many at a time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::agents::{Agent, Agents};
use super::case::Case;
use super::gate::Gate;
use super::visit;
use crate::lab::conform::result::CaseResult;

/// Connections at a time, each with a thread that was there before; others wait to be accepted.
const CONNECTIONS: usize = 64;
/// What a thread has for its stack, in bytes.
const STACK: usize = 1 << 20;
/// How long a thread may take to see that it is over.
const WAKE: Duration = Duration::from_millis(200);
/// Cases at a time that take much memory.
const HEAVY: usize = 4;
/// How long those that are served in the end may take.
const GRACE: Duration = Duration::from_secs(3);

/// Is told of every case that was run, and by whom.
pub type Done = Box<dyn Fn(&str, &CaseResult) + Send + Sync>;

/// What all connections share.
pub struct Fuzzer {
    /// The cases, in their order.
    pub cases: Vec<Case>,
    /// Who came.
    pub agents: Agents,
    /// For cases that take much memory.
    pub heavy: Gate,
    /// Is told of every case.
    pub done: Done,
    connections: Gate,
    stop: AtomicBool,
}

/// A server that runs.
pub struct Running {
    address: SocketAddr,
    fuzzer: Arc<Fuzzer>,
}

impl Running {
    /// Serves whoever comes.
    ///
    /// # Errors
    /// When the listener has no address, or there is no thread for it.
    pub fn start(listener: TcpListener, cases: Vec<Case>, done: Done) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let fuzzer = Arc::new(Fuzzer {
            cases,
            agents: Agents::default(),
            heavy: Gate::new(HEAVY),
            done,
            connections: Gate::new(CONNECTIONS),
            stop: AtomicBool::new(false),
        });
        let listener = Arc::new(listener);
        let threads = (0..CONNECTIONS).map_while(|_| thread(&listener, &fuzzer).ok());
        if threads.count() == 0 {
            return Err(std::io::Error::other("there is no thread for it"));
        }
        Ok(Self { address, fuzzer })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients on this machine find it.
    pub fn url(&self) -> String {
        format!("ws://{}", reachable(self.address))
    }

    /// Whether every client that came has called `/updateReports`.
    pub fn have_all_updated(&self) -> bool {
        self.fuzzer.agents.have_all_updated()
    }

    /// Ends it, and gives what was seen. Who is still served is waited for, for a moment.
    pub fn end(self) -> Vec<Agent> {
        let until = Instant::now() + GRACE;
        self.fuzzer.agents.wait_idle(until);
        self.fuzzer.stop.store(true, Ordering::Relaxed);
        // Threads that wait for a connection get one.
        let address = reachable(self.address);
        let mut connections = (0..CONNECTIONS).map_while(|_| TcpStream::connect_timeout(&address, WAKE).ok());
        connections.by_ref().for_each(drop);
        self.fuzzer.connections.wait_empty(until);
        self.fuzzer.agents.all(self.fuzzer.cases.len())
    }
}

/// An address that can be connected to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback: IpAddr = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address
}

/// One of those that accept and serve.
fn thread(listener: &Arc<TcpListener>, fuzzer: &Arc<Fuzzer>) -> std::io::Result<JoinHandle<()>> {
    let (listener, fuzzer) = (Arc::clone(listener), Arc::clone(fuzzer));
    let accept = move || accept(&listener, &fuzzer);
    std::thread::Builder::new().name("client".to_owned()).stack_size(STACK).spawn(accept)
}

fn accept(listener: &TcpListener, fuzzer: &Fuzzer) {
    /// Out of descriptors, for example: others end in the meantime.
    const PAUSE: Duration = Duration::from_millis(50);
    let is_over = || fuzzer.stop.load(Ordering::Relaxed);
    while !is_over() {
        match listener.accept() {
            Ok(_) if is_over() => return,
            Ok((stream, _)) => {
                let _pass = fuzzer.connections.enter();
                visit::serve(fuzzer, stream);
            }
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}
