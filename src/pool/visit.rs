//! A visit: a real request for a page of any site, through a node or without one.
//!
//! Unlike a check it says what the site has answered, whatever the status is, and names the site for what happens after
//! the connection is established. It is limited in time, and only the beginning of the page is read, so that a transfer
//! that stops is noticed. Redirects are not followed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::probe;
use crate::model::site_check::PageVisit;
use crate::model::{Dial, Failure, FailureCause, Kind, Stage, SystemError};
use crate::os::{connect, network, tls};

/// Time limit of a visit, and of the page after its head.
const LIMIT: Duration = Duration::from_secs(10);
const BODY_LIMIT: Duration = Duration::from_secs(5);

/// How much of the page is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Many sites refuse programs that do not name themselves as a browser does.
const USER_AGENT: &str = concat!("Mozilla/5.0 (compatible; Sluice/", env!("CARGO_PKG_VERSION"), ")");

/// A page to visit.
#[derive(Clone, Debug)]
pub struct PageRequest {
    page: Uri,
    /// None for a page without TLS; an error if the system has no trusted certificates.
    tls: Option<Result<Arc<ClientConfig>, Failure>>,
}

impl PageRequest {
    /// A request for an `http` or `https` page.
    pub fn of(page: Uri) -> Self {
        let is_secure = page.scheme_str() == Some("https");
        let refused = |error: rustls::Error| Failure::new(Stage::Configuration, error.to_string());
        let tls = is_secure.then(|| tls::client_config().map(Arc::new).map_err(refused));
        Self { page, tls }
    }

    /// Visits the page through the member at `dial`.
    pub(super) async fn through(&self, dial: &Dial, kind: &Kind) -> Result<PageVisit, Failure> {
        self.visit(probe::connect(dial, kind, &self.page)).await
    }

    /// Visits the page without a node.
    ///
    /// # Errors
    /// Where it failed.
    pub async fn directly(&self) -> Result<PageVisit, Failure> {
        self.visit(self.connect()).await
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let found = tokio::net::lookup_host((self.host(), probe::port(&self.page))).await;
        let addrs: Vec<SocketAddr> = found.map_err(|error| probe::of_name(&error))?.collect();
        if addrs.iter().copied().any(network::leads_back) {
            return Err(Failure::new(Stage::Configuration, FailureCause::OwnPort));
        }
        connect::connect(&addrs).await.map_err(|error| probe::of_system(Stage::Tcp, &error))
    }

    async fn visit(&self, connect: impl Future<Output = Result<TcpStream, Failure>>) -> Result<PageVisit, Failure> {
        let started = Instant::now();
        let visit = async {
            let stream = connect.await?;
            let Some(tls) = &self.tls else { return self.request(stream).await };
            let tls = tls.as_ref().map_err(Failure::clone)?;
            let name = ServerName::try_from(self.host().to_owned());
            let name = name.map_err(|_| Failure::new(Stage::Configuration, "invalid host name for TLS"))?;
            let secured = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
            self.request(secured.map_err(|error| probe::of_system(Stage::Destination, &error))?).await
        };
        let late = |_elapsed| Failure::new(Stage::TimeLimit, FailureCause::NoAnswerWithin(LIMIT.as_secs()));
        let status = timeout_at(started + LIMIT, visit).await.map_err(late)??;
        Ok(PageVisit { status, took_ms: started.elapsed().as_millis() as u32 })
    }

    /// The status of the response, after the beginning of its page was read.
    async fn request(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send) -> Result<u16, Failure> {
        let no_answer = |error: hyper::Error| Failure::new(Stage::Destination, probe::of_answer(&error));
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(no_answer)?;
        let request = Request::get(self.page.path_and_query().map_or("/", |path| path.as_str()))
            .header("host", self.page.authority().map_or("", |authority| authority.as_str()))
            .header("user-agent", USER_AGENT)
            .header("accept", "text/html,*/*;q=0.8")
            .header("accept-language", "*")
            .header("connection", "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| Failure::new(Stage::Configuration, error.to_string()))?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(no_answer)?;
            let status = response.status().as_u16();
            read_beginning(response.into_body()).await?;
            Ok(status)
        };
        // The connection's future only moves bytes; the exchange detects its end first.
        let drive = async {
            let _ended = connection.await;
            std::future::pending().await
        };
        tokio::select! {
            result = exchange => result,
            never = drive => never,
        }
    }

    fn host(&self) -> &str {
        self.page.host().unwrap_or_default().trim_matches(['[', ']'])
    }
}

/// Reads the beginning of a page. Only one that states its length can be told from one that goes on later.
async fn read_beginning(mut body: Incoming) -> Result<(), Failure> {
    let length = body.size_hint().exact();
    let mut received = 0;
    let read = async {
        while received < MAX_BODY {
            match body.frame().await {
                Some(Ok(frame)) => received += frame.data_ref().map_or(0, Bytes::len),
                Some(Err(error)) => {
                    let why = crate::os::system_error::behind(&error).unwrap_or(SystemError::Unfinished);
                    return Err(Failure::new(Stage::TimeLimit, FailureCause::Interrupted(why)));
                }
                None => break,
            }
        }
        Ok(())
    };
    match timeout(BODY_LIMIT, read).await {
        Ok(result) => result,
        Err(_elapsed) if length.is_none() && received > 0 => Ok(()),
        Err(_elapsed) => Err(Failure::new(Stage::TimeLimit, FailureCause::Unfinished)),
    }
}
