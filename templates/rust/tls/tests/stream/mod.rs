//! Connections to the server over TLS, with certificates of the test's own.

use crate::config::CONFIG;
use crate::server::Server;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// An authority, and a certificate of it that both sides show.
struct Identity {
    authority: CertifiedIssuer<'static, KeyPair>,
    certificate: Certificate,
    key: KeyPair,
}

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    Identity {
        authority,
        certificate,
        key,
    }
});

/// Has the server find its files. One elsewhere is not for tests to write: it would have to name
/// this test's authority, too.
pub fn prepare(command: &mut Command) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let write = |path: &str, text: String| {
        let path = folder.join(path);
        if path.starts_with(folder) {
            let parent = path.parent().expect("a folder");
            fs::create_dir_all(parent).expect("a folder");
            fs::write(path, text).expect("a file");
        }
    };
    write(CONFIG.tls.certificate, IDENTITY.certificate.pem());
    write(CONFIG.tls.key, IDENTITY.key.serialize_pem());
    if let Some(path) = CONFIG.tls.client_ca {
        write(path, IDENTITY.authority.pem());
    }
    command.current_dir(folder);
}

fn client() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(IDENTITY.authority.der().clone())
        .expect("an authority");
    let chain = vec![IDENTITY.certificate.der().clone()];
    let key = PrivateKeyDer::try_from(IDENTITY.key.serialize_der()).expect("a key");
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .expect("a certificate")
}

/// A connection that gives up when nothing comes.
pub fn connect(server: &Server) -> Stream {
    let stream = TcpStream::connect(&server.address).expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(client()), name).expect("TLS");
    let stream = StreamOwned::new(connection, stream);
    set_patience(&stream, Duration::from_secs(5));
    stream
}

/// For how long something is waited for.
pub fn set_patience(stream: &Stream, patience: Duration) {
    stream
        .sock
        .set_read_timeout(Some(patience))
        .expect("a time-out");
}

/// Ends what is sent.
pub fn finish(stream: &mut Stream) {
    stream.conn.send_close_notify();
    stream.flush().expect("the end is sent");
    stream
        .sock
        .shutdown(Shutdown::Write)
        .expect("the stream ends");
}
