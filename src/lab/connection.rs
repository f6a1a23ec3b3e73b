//! Connections to servers, each with a deadline for everything that is done with it.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::endpoint::{Endpoint, Scheme};
use super::trouble::{Kind, Trouble};

mod unverified;

/// Whom to trust.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Take any certificate.
    pub insecure: bool,
    /// Certificates of authorities in a PEM file; without it, the system's.
    pub authorities: Option<PathBuf>,
}

/// A TCP socket that is not waited for past a deadline.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    deadline: Instant,
}

impl Socket {
    /// What is left; an error once nothing is.
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection, encrypted or not.
#[derive(Debug)]
pub enum Connection {
    /// TCP alone.
    Plain(Socket),
    /// TLS over TCP.
    Secure(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Connection {
    /// Connects, and agrees on TLS where the scheme asks for it.
    ///
    /// # Errors
    /// [`Trouble`] when there is no connection by `deadline`.
    pub fn open(endpoint: &Endpoint, trust: &Trust, deadline: Instant) -> Result<Self, Trouble> {
        let socket = Socket { stream: connect(endpoint, deadline)?, deadline };
        if !endpoint.scheme.is_secure() {
            return Ok(Self::Plain(socket));
        }
        let client = tls_client(&tls_config(trust, endpoint.scheme)?, endpoint)?;
        let mut stream = StreamOwned::new(client, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(|error| tls_trouble(&error))?;
        }
        Ok(Self::Secure(Box::new(stream)))
    }

    /// A connection that came.
    pub fn accepted(stream: TcpStream, deadline: Instant) -> Self {
        Self::Plain(Socket { stream, deadline })
    }

    /// The time by which everything further has to be done.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.socket_mut().deadline = deadline;
    }

    fn socket_mut(&mut self) -> &mut Socket {
        match self {
            Self::Plain(socket) => socket,
            Self::Secure(stream) => &mut stream.sock,
        }
    }

    /// The socket below, for its options and addresses.
    pub fn stream(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => &socket.stream,
            Self::Secure(stream) => &stream.sock.stream,
        }
    }

    /// TLS version and cipher suite, where there is TLS: `TLSv1_3 TLS13_AES_256_GCM_SHA384`.
    pub fn encryption(&self) -> Option<String> {
        let Self::Secure(stream) = self else { return None };
        let version = stream.conn.protocol_version()?;
        let suite = stream.conn.negotiated_cipher_suite()?;
        Some(format!("{version:?} {:?}", suite.suite()))
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Secure(stream) => stream.read(buffer),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Secure(stream) => stream.flush(),
        }
    }
}

/// The addresses of a host, found by `deadline`.
///
/// # Errors
/// [`Trouble`] when it has none, or the resolver takes longer.
pub fn resolve(endpoint: &Endpoint, deadline: Instant) -> Result<Vec<SocketAddr>, Trouble> {
    let (host, port) = (endpoint.host.clone(), endpoint.port);
    let (sender, receiver) = mpsc::channel();
    // The system's resolver knows no deadline: one that hangs is left behind.
    std::thread::spawn(move || sender.send((host.as_str(), port).to_socket_addrs().map(Vec::from_iter)));
    let found = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    let host = &endpoint.host;
    match found {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(unresolved(format!("{host} has no address"))),
        Ok(Err(error)) => Err(unresolved(format!("{host} has no address: {error}"))),
        Err(_) => {
            Err(Trouble::new(Kind::TimedOut, format!("{host} was not resolved in time"), "does the resolver answer?"))
        }
    }
}

/// Any address of this machine, to reach that one from.
pub(super) fn any(peer: SocketAddr) -> SocketAddr {
    let any: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    SocketAddr::new(any, 0)
}

fn unresolved(what: String) -> Trouble {
    Trouble::new(Kind::Unresolved, what, "is the name spelled right, and does this machine's resolver know it?")
}

/// Connects to the first of the host's addresses that accepts.
fn connect(endpoint: &Endpoint, deadline: Instant) -> Result<TcpStream, Trouble> {
    let mut last = None;
    for address in resolve(endpoint, deadline)? {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                // Latencies are to be the server's, not Nagle's.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Some(unconnected(&error, address)),
        }
    }
    Err(last.unwrap_or_else(|| unresolved(format!("{} has no address", endpoint.host))))
}

/// What an answer to connect(2) means.
pub(super) fn unconnected(error: &io::Error, address: SocketAddr) -> Trouble {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Trouble::new(
            Kind::Refused,
            format!("connection refused: nothing listens on {address}"),
            "is the server started, and on this host and port? Its start line names both",
        ),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Trouble::new(
            Kind::TimedOut,
            format!("{address} does not answer"),
            "a firewall drops packets without a word, and so does a full accept queue: `specgen sockets states` on the server shows it",
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Trouble::new(Kind::Unreachable, format!("{address}: {error}"), "does a route lead there?")
        }
        _ => Trouble::new(Kind::Local, format!("{address}: {error}"), "this machine's answer to connect(2)"),
    }
}

fn refused_tls(why: &str) -> Trouble {
    let advice = if why.contains("certificate") || why.contains("UnknownIssuer") {
        "name its authority with --ca FILE, or take any certificate with --insecure"
    } else {
        "does the server speak TLS on this port, in a version that this machine takes (1.2, 1.3)?"
    };
    Trouble::new(Kind::Tls, format!("TLS was not agreed on: {why}"), advice)
}

/// TLS with a server, before its first byte.
pub(super) fn tls_client(config: &Arc<ClientConfig>, endpoint: &Endpoint) -> Result<ClientConnection, Trouble> {
    let name = ServerName::try_from(endpoint.host.clone());
    let name = name.map_err(|_| {
        Trouble::new(Kind::Tls, format!("`{}` cannot stand in a certificate", endpoint.host), "use the server's name")
    })?;
    ClientConnection::new(Arc::clone(config), name).map_err(|error| refused_tls(&error.to_string()))
}

/// What the end of a TLS handshake, or of a connection with TLS, means.
pub(super) fn tls_trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::InvalidData => refused_tls(&error.to_string()),
        _ => Trouble::from_io(error, "TLS handshake"),
    }
}

/// The client's side of TLS, for any number of connections.
pub(super) fn tls_config(trust: &Trust, scheme: Scheme) -> Result<Arc<ClientConfig>, Trouble> {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| refused_tls(&error.to_string()))?;
    let mut config = if trust.insecure {
        let verifier = Arc::new(unverified::Unverified::default());
        builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
    } else {
        builder.with_root_certificates(authorities(trust)?).with_no_client_auth()
    };
    if scheme.is_websocket() {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    Ok(Arc::new(config))
}

fn authorities(trust: &Trust) -> Result<RootCertStore, Trouble> {
    let mut store = RootCertStore::empty();
    let Some(file) = &trust.authorities else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(store);
    };
    let unreadable = |why: String| {
        Trouble::new(Kind::Local, format!("{}: {why}", file.display()), "--ca names a PEM file with certificates")
    };
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| unreadable(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        store.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    if store.is_empty() { Err(unreadable("holds no certificate".to_owned())) } else { Ok(store) }
}
