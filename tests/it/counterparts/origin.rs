//! A web server with predictable pages.
//!
//! | request | answer |
//! |---|---|
//! | `GET /bytes/N` | N bytes of [`content`], with a length |
//! | `GET /chunked/N` | the same, chunked |
//! | `GET /late/N/MS` | N bytes, with a length, after MS milliseconds |
//! | `GET /slow/N/MS` | N bytes, chunked, after MS milliseconds |
//! | `GET /drip/N/MS` | N bytes one by one, MS milliseconds apart |
//! | `GET /204` | no content |
//! | `GET /302` | a redirect to [`LOGIN`] |
//! | `GET /headers` | the request's head, one `name: value` a line |
//! | `POST /echo` | the body of the request |
//! | anything else | 404 |

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};

use super::Background;
use super::echo::serve_tcp;

/// The login page that a captive portal redirects to.
pub const LOGIN: &str = "http://login.test/";

/// A running web server, stopped on drop.
pub struct Origin {
    pub addr: SocketAddr,
    requests: Arc<AtomicUsize>,
    service: Background,
}

impl Origin {
    /// Starts one on a free port of `ip`.
    pub fn start(ip: IpAddr) -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        let (service, addr) = serve_tcp(ip, move |stream| {
            let count = count.clone();
            async move {
                let answer = service_fn(move |request| {
                    count.fetch_add(1, Ordering::SeqCst);
                    async move { Ok::<_, Infallible>(answer(request).await) }
                });
                let http = hyper::server::conn::http1::Builder::new()
                    .half_close(true)
                    .serve_connection(TokioIo::new(stream), answer);
                http.await.map_err(io::Error::other)
            }
        });
        Self { addr, requests, service }
    }

    /// `http://addr/path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// How many requests it has received.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Stops it and closes all its connections.
    pub fn kill(&mut self) {
        self.service.stop();
    }
}

/// A prime length: no chunk size divides it, so a lost or repeated chunk changes the content.
const BLOCK: usize = 1_000_003;
static NOISE: LazyLock<Bytes> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..BLOCK).map(byte).collect()
});

/// The first `length` bytes of what this server serves.
pub fn content(length: usize) -> Vec<u8> {
    NOISE.iter().copied().cycle().take(length).collect()
}

/// SHA-256 in hexadecimal, as `sha256sum` prints it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

type Page = Response<BoxBody<Bytes, hyper::Error>>;

async fn answer(request: Request<Incoming>) -> Page {
    let path = request.uri().path().to_owned();
    let mut parts = path.trim_start_matches('/').split('/');
    let kind = parts.next().unwrap_or_default();
    let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok()).unwrap_or(0);
    match (request.method(), kind) {
        (&Method::GET | &Method::HEAD, "bytes") => sized(number()),
        (&Method::GET, "chunked") => chunked(number()),
        (&Method::GET, "late") => {
            let (length, wait) = (number(), number());
            tokio::time::sleep(Duration::from_millis(wait)).await;
            sized(length)
        }
        (&Method::GET, "slow") => {
            let (length, wait) = (number(), number());
            tokio::time::sleep(Duration::from_millis(wait)).await;
            chunked(length)
        }
        (&Method::GET, "drip") => drip(number(), Duration::from_millis(number())),
        (&Method::GET, "204") => page(StatusCode::NO_CONTENT, Empty::new().map_err(|never| match never {}).boxed()),
        (&Method::GET, "302") => to_login(),
        (&Method::GET, "headers") => headers(&request),
        (&Method::POST, "echo") => Response::new(request.into_body().boxed()),
        _ => page(StatusCode::NOT_FOUND, Full::from("no such page\n").map_err(|never| match never {}).boxed()),
    }
}

fn to_login() -> Page {
    let mut page = page(StatusCode::FOUND, Empty::new().map_err(|never| match never {}).boxed());
    page.headers_mut().insert(hyper::header::LOCATION, hyper::header::HeaderValue::from_static(LOGIN));
    page
}

fn page(status: StatusCode, body: BoxBody<Bytes, hyper::Error>) -> Page {
    let mut page = Response::new(body);
    *page.status_mut() = status;
    page
}

fn sized(length: u64) -> Page {
    let mut page = chunked(length);
    page.headers_mut().insert(hyper::header::CONTENT_LENGTH, length.into());
    page
}

fn chunked(length: u64) -> Page {
    let pieces = stream::unfold((0, length), |(at, left): (usize, u64)| async move {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(64 * 1024).min(BLOCK - at);
        let piece = Ok(Frame::data(NOISE.slice(at..at + size)));
        (size > 0).then(|| (piece, ((at + size) % BLOCK, left - size as u64)))
    });
    Response::new(BodyExt::boxed(StreamBody::new(pieces)))
}

fn drip(length: u64, pause: Duration) -> Page {
    let pieces = stream::unfold(0, move |at: u64| async move {
        if at == length {
            return None;
        }
        tokio::time::sleep(pause).await;
        let at_byte = usize::try_from(at).unwrap_or(0) % BLOCK;
        Some((Ok(Frame::data(NOISE.slice(at_byte..=at_byte))), at + 1))
    });
    Response::new(BodyExt::boxed(StreamBody::new(pieces)))
}

fn headers(request: &Request<Incoming>) -> Page {
    let mut text = format!("{} {} {:?}\n", request.method(), request.uri(), request.version());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    }
    page(StatusCode::OK, Full::from(text).map_err(|never| match never {}).boxed())
}
