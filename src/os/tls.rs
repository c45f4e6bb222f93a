//! TLS for requests by this program: certificates are verified with the system's trust store.

use std::sync::Arc;

use rustls::{ClientConfig, crypto};
use rustls_platform_verifier::BuilderVerifierExt;

/// The configuration of an HTTP/1.1 client. Reading the trust store takes some milliseconds.
///
/// # Errors
/// The system has no trusted certificates.
pub fn client_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_platform_verifier()?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
