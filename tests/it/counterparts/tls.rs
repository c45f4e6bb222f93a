//! A TLS server with a self-signed certificate, and a client that trusts it.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::echo::serve_tcp;
use super::{Background, V4};

/// The name in the certificate.
const NAME: &str = "tls.test";

/// A running TLS server, which sends a greeting after the handshake; stopped on drop.
pub struct TlsServer {
    pub port: u16,
    connector: TlsConnector,
    _service: Background,
}

impl TlsServer {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let certified = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let certificate = certified.cert.der().clone();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let server =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
        let server = server.with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let (service, addr) = serve_tcp(V4, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await?;
                stream.write_all(b"hello").await?;
                stream.shutdown().await
            }
        });
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let client = client.with_root_certificates(roots).with_no_client_auth();
        Self { port: addr.port(), connector: TlsConnector::from(Arc::new(client)), _service: service }
    }

    /// Performs the TLS handshake over a connection to this server and reads the greeting.
    ///
    /// # Errors
    /// The connection broke, or the handshake failed.
    pub async fn handshake(&self, stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut stream = self.connector.connect(ServerName::try_from(NAME).unwrap(), stream).await?;
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await?;
        Ok(())
    }
}
