//! TLS for the laboratory: certificates made anew for each test, and the client's side of a connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore};

/// Who signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// When a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    Now,
    Past,
    Future,
}

/// A certificate chain and its key, in PEM form.
#[derive(Clone, Debug)]
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new(name: &str) -> Result<Self> {
        let mut params = CertificateParams::new(vec![])?;
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// Its own certificate in PEM form.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// An identity called `localhost`.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn issue(&self, validity: Validity) -> Result<Identity> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        let (from, to) = match validity {
            Validity::Now => (2020, 2120),
            Validity::Past => (2020, 2021),
            Validity::Future => (2110, 2120),
        };
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

impl Identity {
    /// Writes `certificate.pem` and `key.pem`.
    ///
    /// # Errors
    /// When the folder does not take them.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::write(folder.join("certificate.pem"), &self.certificate)?;
        std::fs::write(folder.join("key.pem"), &self.key).context("cannot write key.pem")
    }
}

/// How a client goes about it.
#[derive(Clone, Debug)]
pub struct Client {
    /// The authority that it trusts, in PEM form.
    pub trusts: String,
    pub identity: Option<Identity>,
    /// What it offers.
    pub protocols: Vec<&'static str>,
    /// TLS 1.2 alone.
    pub only_1_2: bool,
}

impl Client {
    /// One that trusts the authority, with nothing to offer.
    #[must_use]
    pub fn of(authority: &Authority) -> Self {
        Self { trusts: authority.pem(), identity: None, protocols: vec![], only_1_2: false }
    }

    /// Offers application protocols.
    #[must_use]
    pub fn offering(mut self, protocols: &[&'static str]) -> Self {
        self.protocols = protocols.to_vec();
        self
    }

    /// Has a certificate of its own.
    #[must_use]
    pub fn known_as(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Knows TLS 1.2 alone.
    #[must_use]
    pub fn of_1_2(mut self) -> Self {
        self.only_1_2 = true;
        self
    }

    fn config(&self) -> Result<ClientConfig> {
        let versions: &[_] = if self.only_1_2 { &[&rustls::version::TLS12] } else { rustls::ALL_VERSIONS };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(self.trusts.as_bytes()) {
            roots.add(root?)?;
        }
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let chain: Result<Vec<_>, _> =
                    CertificateDer::pem_slice_iter(identity.certificate.as_bytes()).collect();
                builder.with_client_auth_cert(chain?, PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?)?
            }
        };
        config.alpn_protocols = self.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        // Every connection shows the certificate that the server has now.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    /// A layer whose handshake has not begun.
    ///
    /// # Errors
    /// When a certificate of the client's is no good.
    pub fn layer(&self) -> Result<Layer> {
        let name = ServerName::try_from("localhost")?;
        let connection = ClientConnection::new(Arc::new(self.config()?), name)?;
        Ok(Layer { connection, ended: None })
    }
}

/// How the server ended its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With a `close_notify`.
    Politely,
    /// With a FIN alone.
    Bluntly,
}

/// The client's side of one connection's TLS.
#[derive(Debug)]
pub struct Layer {
    connection: ClientConnection,
    ended: Option<Ended>,
}

impl Layer {
    /// Runs the handshake to its end.
    ///
    /// # Errors
    /// When the server refuses; the text names its alert.
    pub fn handshake(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        self.flush(stream)?;
        while self.connection.is_handshaking() {
            if !self.feed(stream)? {
                return Err(io::Error::new(ErrorKind::UnexpectedEof, "the stream ended inside the TLS handshake"));
            }
        }
        Ok(())
    }

    /// The agreed application protocol.
    #[must_use]
    pub fn protocol(&self) -> Option<String> {
        self.connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned())
    }

    /// The agreed version.
    #[must_use]
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.connection.protocol_version()
    }

    /// The server's certificate, as [`decoded`] gives it.
    #[must_use]
    pub fn certificate(&self) -> Option<Vec<u8>> {
        let chain = self.connection.peer_certificates()?;
        chain.first().map(|certificate| certificate.to_vec())
    }

    /// How the stream ended, if it did.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// Encrypts and sends.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn send(&mut self, stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let taken = self.connection.writer().write(bytes)?;
            bytes = &bytes[taken..];
            self.flush(stream)?;
        }
        Ok(())
    }

    /// As [`Layer::send`], without sending: the encrypted bytes.
    ///
    /// # Errors
    /// When the layer's buffer is full.
    pub fn encrypt(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.connection.writer().write_all(bytes)?;
        let mut records = vec![];
        while self.connection.wants_write() {
            self.connection.write_tls(&mut records)?;
        }
        Ok(records)
    }

    /// As [`Layer::finish`], without sending.
    ///
    /// # Errors
    /// When the layer's buffer is full.
    pub fn encrypt_end(&mut self) -> io::Result<Vec<u8>> {
        self.connection.send_close_notify();
        self.encrypt(b"")
    }

    /// Says that nothing more comes from this side.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn finish(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        self.connection.send_close_notify();
        self.flush(stream)
    }

    /// Reads once and appends what can be decrypted; false at the end of the stream.
    ///
    /// # Errors
    /// When the socket fails, or the server sends what TLS does not allow.
    pub fn receive(&mut self, stream: &mut TcpStream, plain: &mut Vec<u8>) -> io::Result<bool> {
        let more = self.feed(stream)?;
        match self.connection.reader().read_to_end(plain) {
            Ok(_) => self.ended = Some(Ended::Politely),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.ended = Some(Ended::Bluntly),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(more)
    }

    /// One read from the socket.
    fn feed(&mut self, stream: &mut TcpStream) -> io::Result<bool> {
        let size = self.connection.read_tls(stream)?;
        if let Err(error) = self.connection.process_new_packets() {
            // The alert.
            let _ = self.flush(stream);
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        self.flush(stream)?;
        Ok(size > 0)
    }

    fn flush(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(stream)?;
        }
        Ok(())
    }
}

/// A certificate in PEM form as it goes over the wire.
///
/// # Errors
/// When there is none.
pub fn decoded(certificate: &str) -> Result<Vec<u8>> {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).context("no certificate")?;
    Ok(certificate.to_vec())
}
