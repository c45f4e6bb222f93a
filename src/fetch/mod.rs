//! Downloads for the engine: through the gateway first, then directly.
//!
//! The caller validates the response. If it is invalid, that counts as a failure and the next route is tried: a captive
//! portal may respond with its own page. Responses are decompressed (gzip, brotli, zstd) and redirects followed, except
//! to local addresses and ports of this program ([`origin`]). Everything has a limit: the total time, the number of
//! redirects, and the decompressed size. URLs may contain secrets: no error contains one, and no `Referer` is sent.

mod origin;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Proxy, Response, StatusCode};
use tokio::sync::watch;

use self::origin::{FetchOrigin, OriginResolver};
use crate::model::route::PUBLIC_ONLY;
use crate::model::snapshot::FetchProgress;
use crate::model::{FetchError, FetchFailure, Login, SystemError};
use crate::os::system_error;

/// Maximum decompressed size in bytes, unless the caller sets another one; the longest lists have a tenth of it.
const MAX_SIZE: usize = 8 << 20;

/// Time limit per route, unless the caller sets another one.
const LIMIT: Duration = Duration::from_secs(60);

/// Time limit for connecting, per route.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// The default `User-Agent`.
const USER_AGENT: &str = concat!("Sluice/", env!("CARGO_PKG_VERSION"));

/// The gateway as a proxy.
#[derive(Clone, Debug)]
pub struct ProxyHop {
    /// Its address.
    pub addr: SocketAddr,
    /// Its login, if required.
    pub login: Option<Login>,
}

/// A request for a file. Not `Debug`: the URL may be a secret.
#[derive(Clone)]
pub struct FetchRequest {
    url: String,
    through: Option<ProxyHop>,
    headers: HeaderMap,
    limit: Duration,
    max_size: usize,
}

/// A successful response, or 304 Not Modified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchResponse {
    /// The decompressed file; none for 304 Not Modified (`If-None-Match`, `If-Modified-Since`).
    pub file: Option<Vec<u8>>,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
}

impl FetchRequest {
    /// A request for a file, sent directly.
    pub fn to(url: impl Into<String>) -> Self {
        let url = url.into();
        // Outline's dynamic access keys are https URLs.
        let url = url.strip_prefix("ssconf://").map(|rest| format!("https://{rest}")).unwrap_or(url);
        Self { url, through: None, headers: HeaderMap::new(), limit: LIMIT, max_size: MAX_SIZE }
    }

    /// Sends the request through a gateway first, if there is one.
    #[must_use]
    pub fn through(self, gateway: Option<ProxyHop>) -> Self {
        Self { through: gateway, ..self }
    }

    /// Adds a header. An empty or invalid one is skipped.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets the time limit per route.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sets the maximum decompressed size in bytes, at least 1 MiB.
    #[must_use]
    pub fn at_most(self, max_size: usize) -> Self {
        Self { max_size, ..self }
    }

    fn client(&self, origin: &Arc<FetchOrigin>) -> ClientBuilder {
        // An error means that one is installed already, which is as good.
        let _there = rustls::crypto::ring::default_provider().install_default();
        let limits = Client::builder().timeout(self.limit).connect_timeout(CONNECT_LIMIT.min(self.limit));
        let (resolver, origin) = (Arc::new(OriginResolver(Arc::clone(origin))), Arc::clone(origin));
        let redirects = Policy::custom(move |attempt| origin.follow(attempt));
        limits.user_agent(USER_AGENT).referer(false).redirect(redirects).dns_resolver(resolver)
    }

    fn through_gateway(&self, through: &ProxyHop, origin: &Arc<FetchOrigin>) -> reqwest::Result<ClientBuilder> {
        let proxy = Proxy::all(format!("http://{}", through.addr))?;
        let proxy = match &through.login {
            Some(login) => proxy.basic_auth(&login.user, login.password.expose()),
            None => proxy,
        };
        let mut headers = HeaderMap::new();
        if !origin.is_local() {
            headers.insert(HeaderName::from_static(PUBLIC_ONLY), HeaderValue::from_static("1"));
        }
        Ok(self.client(origin).proxy(proxy.headers(headers)))
    }
}

/// Fetches a file that `accept` parses, and reports progress to `got`. Dropping the future cancels the fetch.
///
/// # Errors
/// It failed by both routes.
pub async fn fetch<T, F: Future<Output = Result<T, FetchError>>>(
    request: &FetchRequest,
    accept: impl Fn(FetchResponse) -> F,
    got: &watch::Sender<FetchProgress>,
) -> Result<T, FetchFailure> {
    let gateway = match &request.through {
        None => None,
        Some(through) => {
            got.send_replace(FetchProgress { by_gateway: true, ..FetchProgress::default() });
            let origin = FetchOrigin::of(&request.url);
            match get(request, &origin, request.through_gateway(through, &origin), &accept, got).await {
                Ok(value) => return Ok(value),
                Err(error) => Some(error),
            }
        }
    };
    got.send_replace(FetchProgress::default());
    let origin = FetchOrigin::of(&request.url);
    let direct = get(request, &origin, Ok(request.client(&origin).no_proxy()), &accept, got).await;
    direct.map_err(|direct| FetchFailure { gateway, direct })
}

async fn get<T, F: Future<Output = Result<T, FetchError>>>(
    request: &FetchRequest,
    origin: &FetchOrigin,
    client: reqwest::Result<ClientBuilder>,
    accept: &impl Fn(FetchResponse) -> F,
    got: &watch::Sender<FetchProgress>,
) -> Result<T, FetchError> {
    let classify = |error: reqwest::Error| classify(&error, request.limit);
    origin.refuse_own_port().await?;
    let client = client.and_then(ClientBuilder::build).map_err(classify)?;
    let response = client.get(&request.url).headers(request.headers.clone()).send().await.map_err(classify)?;
    let value = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, text)| (name.as_str().to_owned(), value(text))).collect();
    let file = match response.status() {
        StatusCode::NOT_MODIFIED => None,
        status if !status.is_success() => return Err(FetchError::Status(status.to_string().into())),
        _success => Some(read(response, request, got).await?),
    };
    accept(FetchResponse { file, headers }).await
}

async fn read(
    mut response: Response,
    request: &FetchRequest,
    got: &watch::Sender<FetchProgress>,
) -> Result<Vec<u8>, FetchError> {
    let too_large = FetchError::TooLarge(request.max_size >> 20);
    // The length of a compressed response is that of the compressed bytes, which is less.
    if response.content_length().is_some_and(|length| length > request.max_size as u64) {
        return Err(too_large);
    }
    got.send_modify(|got| (got.is_answered, got.of) = (true, response.content_length()));
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| classify(&error, request.limit))? {
        if body.len() + piece.len() > request.max_size {
            return Err(too_large);
        }
        body.extend_from_slice(&piece);
        got.send_modify(|got| got.bytes = body.len() as u64);
    }
    Ok(body)
}

/// The kind of failure.
fn classify(error: &reqwest::Error, limit: Duration) -> FetchError {
    if error.is_timeout() {
        return FetchError::TimeLimit(limit.as_secs());
    }
    let mut last: &dyn std::error::Error = error;
    let mut is_of_connection = false;
    while let Some(cause) = last.source() {
        last = cause;
        is_of_connection |= cause.is::<hyper::Error>();
    }
    if let Some(own) = last.downcast_ref::<FetchError>() {
        return own.clone();
    }
    if error.is_builder() {
        return FetchError::InvalidUrl;
    }
    if error.is_decode() && !is_of_connection {
        return FetchError::Unpack;
    }
    // Some of its own errors would contain the URL.
    let words = || if last.is::<reqwest::Error>() { "the request failed".into() } else { last.to_string() };
    let found = system_error::behind(error).unwrap_or_else(|| SystemError::Other(words()));
    if error.is_connect() {
        FetchError::Connect(found)
    } else if error.is_body() || error.is_decode() {
        FetchError::Interrupted(found)
    } else {
        FetchError::NoResponse(found)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinSet;

    use super::*;
    use crate::os::network::OwnPort;

    #[tokio::test]
    async fn own_ports_are_refused_by_both_routes() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let _own = OwnPort::register(addr);
        let gateway = ProxyHop { addr, login: None };
        for host in ["127.0.0.1", "0.0.0.0", "localhost", "[::ffff:127.0.0.1]"] {
            let request =
                FetchRequest::to(format!("http://{host}:{}/list", addr.port())).through(Some(gateway.clone()));
            let refused = fetch(&request, |_| async { Ok(()) }, &watch::Sender::default()).await;
            let expected = FetchFailure { gateway: Some(FetchError::OwnPort), direct: FetchError::OwnPort };
            assert_eq!(refused, Err(expected), "{host}");
        }
        assert!(listener.accept().is_err(), "no connection was made");
    }

    /// Answers every request with a redirect to this address; how many there were.
    async fn redirecting(location: String) -> (SocketAddr, Arc<AtomicUsize>, JoinSet<()>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (addr, requests, mut work) =
            (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default(), JoinSet::new());
        let (count, location) = (Arc::clone(&requests), location.replace("PORT", &addr.port().to_string()));
        work.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let _asked = stream.read(&mut [0; 4_096]).await;
                let head = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
                let _told = stream.write_all(head.as_bytes()).await;
            }
        });
        (addr, requests, work)
    }

    #[tokio::test]
    async fn a_remote_redirect_to_a_local_address_is_refused() {
        for local in
            ["127.0.0.1", "2130706433", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]
        {
            let (addr, requests, _work) = redirecting(format!("http://{local}:PORT/admin")).await;
            let origin = FetchOrigin::of("http://lists.example/");
            // Elsewhere by its name; the server of this test by its address.
            let client =
                FetchRequest::to("").client(&origin).no_proxy().resolve("lists.example", addr).build().unwrap();
            let refused = client.get(format!("http://lists.example:{}/", addr.port())).send().await.unwrap_err();
            assert_eq!(classify(&refused, LIMIT), FetchError::LocalRedirect, "{local}");
            assert_eq!(requests.load(Ordering::SeqCst), 1, "{local}");
        }
    }
}
