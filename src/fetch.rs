//! Files of the web, fetched for the engine: through the gateway, then directly.
//!
//! Who asks says what an answer has to be; one that is not is as no answer, and the next way is tried:
//! a network that stands in between may answer with a page of its own. Answers are unpacked (gzip,
//! brotli, zstd), redirects followed, and everything has a limit: the time of the whole, the number of
//! redirects, and the size of what is unpacked. Addresses may hold secrets, so no error names one, and
//! no server is classify by which address it was found.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, Proxy, Response, StatusCode};
use tokio::sync::watch;

use crate::model::snapshot::Got;
use crate::model::{Login, NoFile, Obstacle, Unfetched};
use crate::os::obstacle;

/// The largest file that is taken, unpacked; the longest lists have a tenth of it.
const LARGEST: usize = 8 << 20;

/// What the whole may take each way, where nobody says otherwise.
const LIMIT: Duration = Duration::from_secs(60);

/// What connecting may take each way.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// How often an address may lead to another one.
const MOST_REDIRECTS: usize = 10;

/// What this program calls itself.
const USER_AGENT: &str = concat!("Sluice/", env!("CARGO_PKG_VERSION"));

/// A gateway to go through.
#[derive(Clone, Debug)]
pub struct ProxyHop {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it asks for.
    pub login: Option<Login>,
}

/// What is asked for. It is not printed: the address may be a secret.
#[derive(Clone)]
pub struct FetchRequest {
    url: String,
    through: Option<ProxyHop>,
    headers: HeaderMap,
    limit: Duration,
}

/// A good answer: one with a status of success, or the word that nothing is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchResponse {
    /// The file, unpacked; none if what the request says of the last one (`If-None-Match`,
    /// `If-Modified-Since`) still holds.
    pub file: Option<Vec<u8>>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl FetchRequest {
    /// A file, by the first way directly.
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: url.into(), through: None, headers: HeaderMap::new(), limit: LIMIT }
    }

    /// By the first way through a gateway, where there is one.
    #[must_use]
    pub fn through(self, gateway: Option<ProxyHop>) -> Self {
        Self { through: gateway, ..self }
    }

    /// With a header. An empty one, and one that HTTP cannot carry, is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// With another limit for the whole, each way.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    fn client(&self) -> ClientBuilder {
        // It can be there already, which is as good.
        let _there = rustls::crypto::ring::default_provider().install_default();
        let limits = Client::builder().timeout(self.limit).connect_timeout(CONNECT_LIMIT.min(self.limit));
        limits.user_agent(USER_AGENT).referer(false).redirect(Policy::custom(follow))
    }

    fn through_gateway(&self, through: &ProxyHop) -> reqwest::Result<ClientBuilder> {
        let proxy = Proxy::all(format!("http://{}", through.addr))?;
        let proxy = match &through.login {
            Some(login) => proxy.basic_auth(&login.user, login.password.expose()),
            None => proxy,
        };
        Ok(self.client().proxy(proxy))
    }
}

/// Fetches a file that `accept` takes; how far it is goes to `got`. Dropped half-way it leaves nothing behind.
///
/// # Errors
/// Neither way gave one.
pub async fn fetch<T>(
    request: &FetchRequest,
    accept: impl Fn(FetchResponse) -> Result<T, NoFile>,
    got: &watch::Sender<Got>,
) -> Result<T, Unfetched> {
    let gateway = match &request.through {
        None => None,
        Some(through) => {
            got.send_replace(Got { by_gateway: true, ..Got::default() });
            match get(request, request.through_gateway(through), &accept, got).await {
                Ok(value) => return Ok(value),
                Err(error) => Some(error),
            }
        }
    };
    got.send_replace(Got::default());
    let direct = get(request, Ok(request.client().no_proxy()), &accept, got).await;
    direct.map_err(|direct| Unfetched { gateway, direct })
}

/// Whether to go where an address leads. From a private line to one that everybody can read it is not
/// followed: what comes there may have passwords in it.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let before = attempt.previous();
    if before.contains(attempt.url()) {
        return attempt.error(NoFile::Circle);
    }
    if before.len() > MOST_REDIRECTS {
        return attempt.error(NoFile::OnAndOn);
    }
    if before.last().is_some_and(|last| last.scheme() == "https") && attempt.url().scheme() == "http" {
        return attempt.error(NoFile::Unveiled);
    }
    attempt.follow()
}

async fn get<T>(
    request: &FetchRequest,
    client: reqwest::Result<ClientBuilder>,
    accept: &impl Fn(FetchResponse) -> Result<T, NoFile>,
    got: &watch::Sender<Got>,
) -> Result<T, NoFile> {
    let classify = |error: reqwest::Error| classify(&error, request.limit);
    let client = client.and_then(ClientBuilder::build).map_err(classify)?;
    let response = client.get(&request.url).headers(request.headers.clone()).send().await.map_err(classify)?;
    let value = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, text)| (name.as_str().to_owned(), value(text))).collect();
    let file = match response.status() {
        StatusCode::NOT_MODIFIED => None,
        status if !status.is_success() => return Err(NoFile::Status(status.to_string().into())),
        _success => Some(read(response, request.limit, got).await?),
    };
    accept(FetchResponse { file, headers })
}

async fn read(mut response: Response, limit: Duration, got: &watch::Sender<Got>) -> Result<Vec<u8>, NoFile> {
    // A packed answer says how long it is while it is packed, which is less.
    if response.content_length().is_some_and(|length| length > LARGEST as u64) {
        return Err(NoFile::TooLarge(LARGEST >> 20));
    }
    got.send_modify(|got| (got.is_answered, got.of) = (true, response.content_length()));
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| classify(&error, limit))? {
        if body.len() + piece.len() > LARGEST {
            return Err(NoFile::TooLarge(LARGEST >> 20));
        }
        body.extend_from_slice(&piece);
        got.send_modify(|got| got.bytes = body.len() as u64);
    }
    Ok(body)
}

/// At which stage it failed, and what stood in the way.
fn classify(error: &reqwest::Error, limit: Duration) -> NoFile {
    if error.is_timeout() {
        return NoFile::TimeLimit(limit.as_secs());
    }
    let mut last: &dyn std::error::Error = error;
    let mut is_of_connection = false;
    while let Some(cause) = last.source() {
        last = cause;
        is_of_connection |= cause.is::<hyper::Error>();
    }
    if let Some(own) = last.downcast_ref::<NoFile>() {
        return own.clone();
    }
    if error.is_builder() {
        return NoFile::Address;
    }
    if error.is_decode() && !is_of_connection {
        return NoFile::Unpack;
    }
    // Of its own errors some would name the address.
    let words = || if last.is::<reqwest::Error>() { "the request failed".into() } else { last.to_string() };
    let obstacle = obstacle::behind(error).unwrap_or_else(|| Obstacle::Other(words()));
    if error.is_connect() {
        NoFile::Connect(obstacle)
    } else if error.is_body() || error.is_decode() {
        NoFile::BrokeOff(obstacle)
    } else {
        NoFile::NoAnswer(obstacle)
    }
}
