//! A provider of subscriptions: a web server whose list can be changed, and that can be as bad as the
//! worst of them.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
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

/// The secret part of its address.
pub const TOKEN: &str = "hunter2-the-token";

/// What it answers.
#[derive(Clone, Debug)]
pub enum Says {
    /// This text, with these headers.
    List(String, Vec<(&'static str, String)>),
    /// The same, packed.
    Packed(Packing, String),
    /// A status and a page.
    Status(u16, &'static str),
    /// Bytes that are no text.
    Bytes(&'static [u8]),
    /// So many bytes, without saying how many.
    Endless(u64),
    /// So many bytes, and it says so.
    Huge(u64),
    /// One byte each 100 ms, for ever.
    Drip,
    /// Nothing, for ever.
    Silence,
    /// An answer that ends before it said it would.
    CutOff,
    /// One address leads to the other.
    Circle,
    /// Each address leads to a new one.
    OnAndOn,
    /// The list is behind one other address.
    Elsewhere(String),
    /// A few kilobytes that become hundreds of megabytes.
    Bomb(Packing),
    /// A packed answer that is none.
    BadlyPacked,
}

/// How an answer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    Brotli,
    Zstd,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    headers: hyper::HeaderMap,
}

impl Asked {
    /// The value of a header; empty where it was not sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// A running provider, gone on drop.
pub struct Provider {
    pub addr: SocketAddr,
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Held by each connection that is open.
    open: Arc<()>,
    service: Background,
}

impl Provider {
    /// One that has this list.
    pub fn start(list: &str) -> Self {
        let says = Arc::new(Mutex::new(Says::List(list.into(), Vec::new())));
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let open = Arc::new(());
        let (told, heard, held) = (says.clone(), asked.clone(), open.clone());
        let (service, addr) = serve_tcp(V4, move |stream| {
            let (told, heard, held) = (told.clone(), heard.clone(), held.clone());
            async move {
                let _held = held;
                let answer = service_fn(move |request: Request<Incoming>| {
                    let path = request.uri().path().to_owned();
                    heard.lock().unwrap().push(Asked { path, headers: request.headers().clone() });
                    let says = told.lock().unwrap().clone();
                    async move { Ok::<_, Infallible>(answer(says, &request).await) }
                });
                let http = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                http.await.map_err(io::Error::other)
            }
        });
        Self { addr, says, asked, open, service }
    }

    /// Answers so from now on.
    pub fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// Has this list from now on.
    pub fn lists(&self, list: &str) {
        self.says(Says::List(list.into(), Vec::new()));
    }

    /// The address of its list, secret part and all.
    pub fn url(&self) -> String {
        format!("http://{}/sub/{TOKEN}?x={TOKEN}", self.addr)
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        // The provider and its service hold one each.
        Arc::strong_count(&self.open) - 2
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

type Page = Response<BoxBody<Bytes, io::Error>>;

async fn answer(says: Says, request: &Request<Incoming>) -> Page {
    match says {
        Says::List(text, headers) => list(text, headers, request),
        Says::Packed(packing, text) => packed(packing, pack(packing, text.as_bytes())),
        Says::Status(status, text) => page(status, text.as_bytes().to_vec()),
        Says::Bytes(bytes) => page(200, bytes.to_vec()),
        Says::Endless(length) => Response::new(noise(length)),
        Says::Huge(length) => with(Response::new(noise(length)), CONTENT_LENGTH, &length.to_string()),
        Says::Drip => Response::new(drip()),
        Says::Silence => std::future::pending().await,
        Says::CutOff => with(Response::new(cut_off()), CONTENT_LENGTH, "5000"),
        Says::Circle if request.uri().path().ends_with("/other") => to(request.uri().path().trim_end_matches("/other")),
        Says::Circle => to(&format!("{}/other", request.uri().path())),
        Says::OnAndOn => to(&format!("{}x", request.uri().path())),
        Says::Elsewhere(text) if request.uri().path() == "/elsewhere" => page(200, text.into_bytes()),
        Says::Elsewhere(_) => to("/elsewhere"),
        Says::Bomb(packing) => packed(packing, bomb(packing)),
        Says::BadlyPacked => packed(Packing::Gzip, b"this is not gzip".to_vec()),
    }
}

/// The list, or the word that it is the one that is known.
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
        // What was begun is on its way by then.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Err(io::ErrorKind::ConnectionReset.into())
    };
    let pieces = stream::once(std::future::ready(begun)).chain(stream::once(end));
    BodyExt::boxed(StreamBody::new(pieces))
}

fn packed(packing: Packing, body: Vec<u8>) -> Page {
    let name = match packing {
        Packing::Gzip => "gzip",
        Packing::Brotli => "br",
        Packing::Zstd => "zstd",
    };
    with(page(200, body), CONTENT_ENCODING, name)
}

fn pack(packing: Packing, bytes: &[u8]) -> Vec<u8> {
    match packing {
        Packing::Gzip => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::default());
            packer.write_all(bytes).unwrap();
            packer.finish().unwrap()
        }
        Packing::Brotli => stored_brotli(bytes),
        Packing::Zstd => zstd(&[(0, bytes)]),
    }
}

fn bomb(packing: Packing) -> Vec<u8> {
    match packing {
        Packing::Gzip => {
            let mut packer = GzEncoder::new(Vec::new(), Compression::best());
            let zeros = vec![0; 1 << 20];
            (0..256).for_each(|_| packer.write_all(&zeros).unwrap());
            packer.finish().unwrap()
        }
        // A byte that is said 128 KiB times, again and again.
        Packing::Zstd => zstd(&[(1, &b"x"[..]); 8_192]),
        Packing::Brotli => panic!("nobody writes a brotli bomb by hand"),
    }
}

/// Brotli that packs nothing (RFC 7932 section 9.2): an uncompressed meta-block and the empty last one.
fn stored_brotli(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    assert!((1..=1 << 16).contains(&length), "four nibbles say the length");
    // A window of 16 bits, not the last, four nibbles, the length, uncompressed.
    let head = (length - 1) << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], bytes, &[0b11]].concat()
}

/// Zstandard (RFC 8878 section 3.1.1) of blocks that are kept raw (0), or one byte said 128 KiB times (1).
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
