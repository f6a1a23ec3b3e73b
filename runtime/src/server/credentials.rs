//! The server's certificate and key, and those that it checks clients' certificates with.

use super::config::Tls;
use crate::transport::message;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, ParsedCertificate, ServerConfig, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, Error, RootCertStore, SupportedProtocolVersion};
use std::fs;
use std::sync::Arc;
#[cfg(unix)]
use std::sync::{PoisonError, RwLock};

#[cfg(feature = "tls12")]
const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
#[cfg(not(feature = "tls12"))]
const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// What new connections are encrypted with.
pub struct Credentials {
    #[cfg(unix)]
    tls: Tls,
    #[cfg(unix)]
    current: RwLock<Arc<ServerConfig>>,
    #[cfg(windows)]
    current: Arc<ServerConfig>,
}

impl Credentials {
    /// Reads the files.
    ///
    /// # Errors
    /// One line that says what is wrong with which of them, and what to do.
    pub fn read(tls: &Tls) -> Result<Self, String> {
        let current = Arc::new(read(tls)?);
        #[cfg(unix)]
        let credentials = Self { tls: *tls, current: RwLock::new(current) };
        #[cfg(windows)]
        let credentials = Self { current };
        Ok(credentials)
    }

    /// Reads the files again. What is wrong with them leaves the present ones in use.
    ///
    /// # Errors
    /// As [`Self::read`].
    #[cfg(unix)]
    pub fn read_again(&self) -> Result<(), String> {
        let config = Arc::new(read(&self.tls)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// The present ones.
    pub fn current(&self) -> Arc<ServerConfig> {
        #[cfg(unix)]
        let current = &self.current.read().unwrap_or_else(PoisonError::into_inner);
        #[cfg(windows)]
        let current = &self.current;
        Arc::clone(current)
    }
}

fn read(tls: &Tls) -> Result<ServerConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let resolver = SingleCertAndKey::from(certified_key(tls, &provider)?);
    let verifier = client_verifier(tls, &provider)?;
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(VERSIONS);
    let builder = builder.map_err(|error| format!("cannot use TLS: {error}"))?;
    let builder = builder.with_client_cert_verifier(verifier);
    let mut config = builder.with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = tls.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(config)
}

fn certified_key(tls: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let chain = certificates("certificate", tls.certificate)?;
    let text = contents("key", tls.key)?;
    let key = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| format!("tls.key {}: no private key in it; name a PEM file", tls.key))?;
    let key = provider.key_provider.load_private_key(key).map_err(|_| {
        format!("tls.key {}: of no known kind; name an RSA, ECDSA or Ed25519 key", tls.key)
    })?;
    judge_time(&chain[0], tls.certificate, provider)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Err(Error::InconsistentKeys(_)) => Err(format!(
            "tls.key {}: does not belong to the certificate; name the certificate's key",
            tls.key
        )),
        Err(error) => Err(format!("tls.certificate {}: {error}; name another", tls.certificate)),
        Ok(()) => Ok(certified),
    }
}

/// A certificate that is taken as its own authority is judged by its time first; what else there is
/// to say of it is for clients to judge.
fn judge_time(
    certificate: &CertificateDer<'_>,
    path: &str,
    provider: &CryptoProvider,
) -> Result<(), String> {
    let Ok(parsed) = ParsedCertificate::try_from(certificate) else { return Ok(()) };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates([certificate.clone()]);
    let algorithms = provider.signature_verification_algorithms.all;
    let now = UnixTime::now();
    match verify_server_cert_signed_by_trust_anchor(&parsed, &roots, &[], now, algorithms) {
        Err(Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Err(format!("tls.certificate {path}: expired; renew it")),
        Err(Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        )) => Err(format!("tls.certificate {path}: not yet valid; wait, or set the clock")),
        _ => Ok(()),
    }
}

fn client_verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let Some(path) = tls.client_ca else { return Ok(Arc::new(NoClientAuth)) };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates("client_ca", path)?);
    let builder = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    builder.build().map_err(|_| no_certificate("client_ca", path))
}

/// The certificates in a file: at least one.
fn certificates(field: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = contents(field, path)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| no_certificate(field, path))
}

fn no_certificate(field: &str, path: &str) -> String {
    format!("tls.{field} {path}: no certificate in it; name a PEM file")
}

fn contents(field: &str, path: &str) -> Result<Vec<u8>, String> {
    let missing = |error| format!("tls.{field} {path}: {}; name a PEM file", message(error));
    fs::read(path).map_err(missing)
}
