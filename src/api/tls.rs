//! TLS: rustls on the ring provider, client certificates where they are demanded.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};

use crate::service::TlsFiles;

/// TLS that cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The server's certificates do not read.
    #[error("the TLS certificate does not read as PEM: {0}")]
    Certificates(#[source] PemError),
    /// There is no certificate in the file.
    #[error("the TLS certificate file holds no certificate")]
    NoCertificate,
    /// The key does not read.
    #[error("the TLS key does not read as PEM: {0}")]
    Key(#[source] PemError),
    /// The client roots do not read.
    #[error("the roots of client certificates do not read as PEM: {0}")]
    ClientRoots(#[source] PemError),
    /// The client roots cannot be used.
    #[error("the roots of client certificates cannot be used: {0}")]
    ClientVerifier(#[from] VerifierBuilderError),
    /// Certificate and key do not go together, or are of a kind that is not known.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Makes the configuration of a TLS server.
pub fn server_config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let certificates = CertificateDer::pem_slice_iter(&files.certificates).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(TlsError::Certificates)?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(&files.key).map_err(TlsError::Key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client_verifier = match &files.client_roots {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(pem) => {
            let mut roots = rustls::RootCertStore::empty();
            for root in CertificateDer::pem_slice_iter(pem) {
                roots.add(root.map_err(TlsError::ClientRoots)?)?;
            }
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?
        }
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(client_verifier)
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
