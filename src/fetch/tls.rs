//! TLS of our own requests: the roots are those that were configured, and no others.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::{ClientConfig, RootCertStore};

/// Roots that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootsError {
    /// The file does not read.
    #[error("the roots for https do not read as PEM: {0}")]
    Pem(PemError),
    /// There is none in it.
    #[error("the file of roots for https holds no certificate")]
    Empty,
    /// One of them cannot be used, or TLS cannot.
    #[error("the roots for https cannot be used: {0}")]
    Tls(#[from] rustls::Error),
}

/// Puts TLS together from roots in PEM.
pub fn https_roots(pem: &[u8]) -> Result<Arc<ClientConfig>, RootsError> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(pem) {
        roots.add(root.map_err(RootsError::Pem)?)?;
    }
    if roots.is_empty() {
        return Err(RootsError::Empty);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
