//! Resident memory of idle connections.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use generated_tests::process::resident;
use rustix::net::{self, AddressFamily, SocketType};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::contestants::Contestant;
use super::load::handshake;

const CONNECTIONS: usize = 10_000;
/// Each source address has its own range of ports.
const SOURCES: usize = 4;

/// Bytes per connection, by contestant.
pub fn measure(contestants: &[Contestant]) -> Result<Vec<(String, u64)>> {
    raise_file_limit()?;
    let ours = contestants.iter().filter(|contestant| contestant.ours);
    ours.map(|contestant| {
        eprintln!("{CONNECTIONS} idle connections: {}", contestant.name);
        Ok((contestant.name.clone(), one(contestant).with_context(|| contestant.name.clone())?))
    })
    .collect()
}

fn one(contestant: &Contestant) -> Result<u64> {
    let pid = contestant.server.pid();
    // What the load before has used stays with the process; only growth counts.
    let before = resident(pid)?;
    let mut open = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        let last = u8::try_from(number % SOURCES + 1)?;
        let mut stream = connect(Ipv4Addr::new(127, 0, 0, last), contestant.server.address)?;
        handshake(&mut stream)?;
        open.push(stream);
    }
    std::thread::sleep(Duration::from_millis(500));
    let grown = resident(pid)?.saturating_sub(before);
    Ok(grown / CONNECTIONS as u64)
}

fn connect(source: Ipv4Addr, address: SocketAddr) -> Result<TcpStream> {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    net::bind(&socket, &SocketAddr::new(IpAddr::V4(source), 0))?;
    net::connect(&socket, &address).context("cannot connect")?;
    Ok(TcpStream::from(socket))
}

fn raise_file_limit() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .context("cannot raise the limit of open files")
}
