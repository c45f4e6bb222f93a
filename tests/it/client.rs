//! Clients of the gateway: curl, and a small one in this process for tests with many clients.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};
use sluice::model::Target;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::engine::LIMIT;
use crate::socks::{Refusal, Socks};

/// A proxy protocol of the gateway, as curl uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurlProxy {
    Socks5,
    Socks4a,
    Connect,
    PlainHttp,
}

impl CurlProxy {
    pub const ALL: [Self; 4] = [Self::Socks5, Self::Socks4a, Self::Connect, Self::PlainHttp];

    fn options(self, gateway: SocketAddr) -> Vec<String> {
        match self {
            Self::Socks5 => vec!["--socks5-hostname".into(), gateway.to_string()],
            Self::Socks4a => vec!["--socks4a".into(), gateway.to_string()],
            Self::Connect => vec!["--proxytunnel".into(), "-x".into(), format!("http://{gateway}")],
            Self::PlainHttp => vec!["-x".into(), format!("http://{gateway}")],
        }
    }
}

/// Fetches `url` with curl through the gateway, with these additional options: the number of bytes
/// received, and their SHA-256.
///
/// # Panics
/// If curl fails.
#[track_caller]
pub fn curl(proxy: CurlProxy, gateway: SocketAddr, url: &str, more: &[&str]) -> (u64, String) {
    let mut command = Command::new("curl");
    // -q: without the user's configuration. The environment may name other proxies.
    command.args(["-q", "--silent", "--show-error", "--fail", "--max-time", "120"]);
    command.args(proxy.options(gateway)).args(more).arg(url);
    for variable in ["no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "http_proxy"] {
        command.env_remove(variable);
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut body = child.stdout.take().unwrap();
    let (mut hash, mut length, mut piece) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        match body.read(&mut piece).unwrap() {
            0 => break,
            count => {
                hash.update(&piece[..count]);
                length += count as u64;
            }
        }
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "curl, {proxy:?}, {url}: {stderr}");
    (length, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Why a page could not be fetched.
pub type PageError = io::Error;

/// Fetches a page through the gateway's SOCKS5, on a new connection.
///
/// # Errors
/// The gateway refused, the connection broke, or the response is incomplete or has another status than 200 or 204.
pub async fn get(gateway: SocketAddr, target: &Target, path: &str) -> Result<Vec<u8>, PageError> {
    let page = async {
        let stream = Socks::open(gateway).connect(target).await.map_err(|refusal| match refusal {
            Refusal::Io(error) => error,
            Refusal::Method | Refusal::Login | Refusal::Reply(_) => io::Error::other(format!("{refusal:?}")),
        })?;
        fetch(stream, target, path).await
    };
    timeout(LIMIT, page).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Fetches a page over a connection to its server.
///
/// # Errors
/// As [`get`].
pub async fn fetch(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    target: &Target,
    path: &str,
) -> Result<Vec<u8>, PageError> {
    ask(&mut stream, target, path).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    body(&answer)
}

/// Sends the request for a page.
///
/// # Errors
/// The connection broke.
pub async fn ask(stream: &mut (impl AsyncWrite + Unpin), target: &Target, path: &str) -> Result<(), PageError> {
    // HTTP/1.0: the body is not chunked and ends with the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await
}

/// The body of a complete response.
///
/// # Errors
/// It has no complete head, or another status than 200 or 204.
pub fn body(answer: &[u8]) -> Result<Vec<u8>, PageError> {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)? + 4;
    let status = String::from_utf8_lossy(&answer[..head.min(12)]).into_owned();
    if !status.ends_with("200") && !status.ends_with("204") {
        return Err(io::Error::other(status));
    }
    Ok(answer[head..].to_vec())
}

/// Requests a page with curl over HTTP with a login, and ignores the result.
pub fn curl_any(gateway: SocketAddr, url: &str, login: &str) {
    let mut command = Command::new("curl");
    command.args([
        "-q",
        "--silent",
        "--max-time",
        "60",
        "-x",
        &format!("http://{gateway}"),
        "--proxy-user",
        login,
        url,
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
}
