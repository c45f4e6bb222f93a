//! A subscription provider: a web server whose list can be changed, and that can be made to fail and
//! misbehave in every way a real one might.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

use super::echo::serve_tcp;
use super::{Background, V4};

/// The secret part of the provider's address.
pub const TOKEN: &str = "hunter2-the-token";

/// What the provider answers.
#[derive(Clone, Debug)]
pub enum ProviderReply {
    /// 200 with this text and these headers.
    List(String, Vec<(&'static str, String)>),
    /// The same, compressed.
    Compressed(Encoding, String),
    /// A status and a body.
    Status(u16, &'static str),
    /// Bytes that are not text.
    Bytes(&'static [u8]),
    /// This many bytes, without `Content-Length`.
    WithoutLength(u64),
    /// This many bytes, with `Content-Length`.
    WithLength(u64),
    /// One byte every 100 ms, without end.
    Trickle,
    /// Nothing; the connection stays open.
    NoResponse,
    /// A body that is shorter than its `Content-Length`.
    Truncated,
    /// Two addresses that redirect to each other.
    RedirectLoop,
    /// A redirect to a new address each time.
    RedirectChain,
    /// A redirect to an address that has the list.
    Redirect(String),
    /// A few kilobytes that decompress to hundreds of megabytes.
    DecompressionBomb(Encoding),
    /// A body that is not gzip although the header says so.
    InvalidGzip,
}

/// A content encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Gzip,
    Brotli,
    Zstd,
}

/// A request that was received.
#[derive(Clone, Debug)]
pub struct ProviderRequest {
    pub path: String,
    headers: hyper::HeaderMap,
}

impl ProviderRequest {
    /// The value of a header; empty if it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// A running provider, stopped on drop.
pub struct Provider {
    pub addr: SocketAddr,
    reply: Arc<Mutex<ProviderReply>>,
    requests: Arc<Mutex<Vec<ProviderRequest>>>,
    /// Each open connection holds a clone.
    open: Arc<()>,
    service: Background,
}

impl Provider {
    /// Starts one that serves this list.
    pub fn start(list: &str) -> Self {
        let reply = Arc::new(Mutex::new(ProviderReply::List(list.into(), Vec::new())));
        let requests = Arc::<Mutex<Vec<ProviderRequest>>>::default();
        let open = Arc::new(());
        let (current, recorded, held) = (reply.clone(), requests.clone(), open.clone());
        let (service, addr) = serve_tcp(V4, move |stream| {
            let (current, recorded, held) = (current.clone(), recorded.clone(), held.clone());
            async move {
                let _held = held;
                let answer = service_fn(move |request: Request<Incoming>| {
                    let path = request.uri().path().to_owned();
                    recorded.lock().unwrap().push(ProviderRequest { path, headers: request.headers().clone() });
                    let reply = current.lock().unwrap().clone();
                    async move { Ok::<_, Infallible>(answer(reply, &request).await) }
                });
                let http = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                http.await.map_err(io::Error::other)
            }
        });
        Self { addr, reply, requests, open, service }
    }

    /// Answers with this from now on.
    pub fn reply_with(&self, reply: ProviderReply) {
        if let ProviderReply::DecompressionBomb(Encoding::Gzip) = reply {
            // Packed here: that takes longer than a client waits.
            LazyLock::force(&GZIP_BOMB);
        }
        *self.reply.lock().unwrap() = reply;
    }

    /// Serves this list from now on.
    pub fn serve_list(&self, list: &str) {
        self.reply_with(ProviderReply::List(list.into(), Vec::new()));
    }

    /// The address of its list, including the secret part.
    pub fn url(&self) -> String {
        format!("http://{}/sub/{TOKEN}?x={TOKEN}", self.addr)
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        // The provider and its service hold one each.
        Arc::strong_count(&self.open) - 2
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<ProviderRequest> {
        self.requests.lock().unwrap().clone()
    }
}

type Page = Response<BoxBody<Bytes, io::Error>>;

async fn answer(reply: ProviderReply, request: &Request<Incoming>) -> Page {
    match reply {
        ProviderReply::List(text, headers) => list(text, headers, request),
        ProviderReply::Compressed(packing, text) => packed(packing, pack(packing, text.as_bytes())),
        ProviderReply::Status(status, text) => page(status, text.as_bytes().to_vec()),
        ProviderReply::Bytes(bytes) => page(200, bytes.to_vec()),
        ProviderReply::WithoutLength(length) => Response::new(noise(length)),
        ProviderReply::WithLength(length) => with(Response::new(noise(length)), CONTENT_LENGTH, &length.to_string()),
        ProviderReply::Trickle => Response::new(drip()),
        ProviderReply::NoResponse => std::future::pending().await,
        ProviderReply::Truncated => with(Response::new(cut_off()), CONTENT_LENGTH, "5000"),
        ProviderReply::RedirectLoop if request.uri().path().ends_with("/other") => {
            to(request.uri().path().trim_end_matches("/other"))
        }
        ProviderReply::RedirectLoop => to(&format!("{}/other", request.uri().path())),
        ProviderReply::RedirectChain => to(&format!("{}x", request.uri().path())),
        ProviderReply::Redirect(text) if request.uri().path() == "/elsewhere" => page(200, text.into_bytes()),
        ProviderReply::Redirect(_) => to("/elsewhere"),
        ProviderReply::DecompressionBomb(packing) => packed(packing, bomb(packing)),
        ProviderReply::InvalidGzip => packed(Encoding::Gzip, b"this is not gzip".to_vec()),
    }
}

/// The list, or 304 if the client has this version already.
fn list(text: String, headers: Vec<(&'static str, String)>, request: &Request<Incoming>) -> Page {
    let stamp = headers.iter().find(|(name, _)| *name == ETAG.as_str()).map(|(_, value)| value.as_bytes());
    let is_known = stamp.is_some() && request.headers().get(IF_NONE_MATCH).map(HeaderValue::as_bytes) == stamp;
    let mut page = if is_known { page(304, Vec::new()) } else { page(200, text.into_bytes()) };
    for (name, value) in headers {
        page = with(page, HeaderName::from_static(name), &value);
    }
    page
}

fn page(status: u16, body: Vec<u8>) -> Page {
    let mut page = Response::new(Full::from(body).map_err(|never: Infallible| match never {}).boxed());
    *page.status_mut() = StatusCode::from_u16(status).unwrap();
    page
}

fn with(mut page: Page, name: HeaderName, value: &str) -> Page {
    page.headers_mut().insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    page
}

fn to(path: &str) -> Page {
    with(page(302, Vec::new()), LOCATION, path)
}

fn noise(length: u64) -> BoxBody<Bytes, io::Error> {
    let piece = Bytes::from(vec![b'x'; 1 << 16]);
    let pieces = stream::unfold((piece, length), |(piece, left)| async move {
        let size = left.min(piece.len() as u64);
        (size > 0).then(|| (Ok(Frame::data(piece.slice(..size as usize))), (piece, left - size)))
    });
    BodyExt::boxed(StreamBody::new(pieces))
}

fn drip() -> BoxBody<Bytes, io::Error> {
    let pieces = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Some((Ok(Frame::data(Bytes::from_static(b"#"))), ()))
    });
    BodyExt::boxed(StreamBody::new(pieces))
}

fn cut_off() -> BoxBody<Bytes, io::Error> {
    let begun = Ok(Frame::data(Bytes::from_static(b"socks5://a.example:1#half\nsocks5://b.exa")));
    let end = async {
        // By then the first part has been sent.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Err(io::ErrorKind::ConnectionReset.into())
    };
    let pieces = stream::once(std::future::ready(begun)).chain(stream::once(end));
    BodyExt::boxed(StreamBody::new(pieces))
}

fn packed(packing: Encoding, body: Vec<u8>) -> Page {
    let name = match packing {
        Encoding::Gzip => "gzip",
        Encoding::Brotli => "br",
        Encoding::Zstd => "zstd",
    };
    with(page(200, body), CONTENT_ENCODING, name)
}

fn pack(packing: Encoding, bytes: &[u8]) -> Vec<u8> {
    match packing {
        Encoding::Gzip => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::default());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        Encoding::Brotli => stored_brotli(bytes),
        Encoding::Zstd => zstd(&[(0, bytes)]),
    }
}

/// 256 MiB of zeros.
static GZIP_BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    (0..256).for_each(|_| packer.write_all(&zeros).unwrap());
    packer.finish().unwrap()
});

fn bomb(packing: Encoding) -> Vec<u8> {
    match packing {
        Encoding::Gzip => GZIP_BOMB.clone(),
        // RLE blocks of 128 KiB each.
        Encoding::Zstd => zstd(&[(1, &b"x"[..]); 8_192]),
        Encoding::Brotli => panic!("no test needs a brotli bomb"),
    }
}

/// Brotli without compression (RFC 7932 section 9.2): an uncompressed meta-block and the empty last one.
fn stored_brotli(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    assert!((1..=1 << 16).contains(&length), "the length fits four nibbles");
    // A window of 16 bits, not the last, four nibbles, the length, uncompressed.
    let head = (length - 1) << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], bytes, &[0b11]].concat()
}

/// A Zstandard frame (RFC 8878 section 3.1.1) of raw blocks (0) and RLE blocks of 128 KiB (1).
fn zstd(blocks: &[(u32, &[u8])]) -> Vec<u8> {
    // A window of 128 KiB, no size, no checksum.
    let mut packed = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3];
    for (place, (kind, bytes)) in blocks.iter().enumerate() {
        let size = if *kind == 0 { u32::try_from(bytes.len()).unwrap() } else { 128 << 10 };
        let last = u32::from(place + 1 == blocks.len());
        packed.extend(&(last | kind << 1 | size << 3).to_le_bytes()[..3]);
        packed.extend(*bytes);
    }
    packed
}
