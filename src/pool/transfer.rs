//! The transfer of a check: fetches some data through a member, to notice one that lets connections begin and then
//! carries nothing.
//!
//! Only a transfer that stops says something about the member: a page that cannot be connected to, has another status, or
//! ends early may be at fault itself.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::fleet::TransferResult;
use super::probe::{self, TransferPage};
use crate::model::{Dial, Kind};

/// After this time without a byte a transfer counts as stalled.
const SILENCE: Duration = Duration::from_millis(2_500);

/// Time limit for the head. The page of the check, which was loaded just before, took less.
const HEAD_LIMIT: Duration = Duration::from_secs(3);

/// Time limit of the whole transfer: a slow one that goes on is not stalled.
const LIMIT: Duration = Duration::from_secs(15);

/// Fetches the data through the member at `dial`.
pub(super) async fn run(page: &TransferPage, dial: &Dial, kind: &Kind) -> TransferResult {
    let connected = timeout(LIMIT, probe::connect(dial, kind, &page.url)).await;
    let Ok(Ok(stream)) = connected else { return TransferResult::Unknown };
    read(page, stream).await.unwrap_or(TransferResult::Unknown)
}

/// Reads the data; `None` if the page cannot be used.
async fn read(page: &TransferPage, stream: TcpStream) -> Option<TransferResult> {
    let deadline = tokio::time::Instant::now() + LIMIT;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get(page.url.path_and_query().map_or("/", |path| path.as_str()))
        .header("host", page.url.authority().map_or("", |authority| authority.as_str()))
        .header("user-agent", concat!("sluice/", env!("CARGO_PKG_VERSION")))
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .ok()?;
    let transfer = async {
        // A cipher's first block may be longer than what still passes: then not even the head arrives.
        let response = match timeout(HEAD_LIMIT, sender.send_request(request)).await {
            Ok(response) => response.ok()?,
            Err(_silent) => return Some(TransferResult::Stalled),
        };
        if response.status() != StatusCode::OK {
            return None;
        }
        let (mut body, mut received) = (response.into_body(), 0);
        while received < page.bytes && tokio::time::Instant::now() < deadline {
            match timeout(SILENCE, body.frame()).await {
                Ok(Some(Ok(frame))) => received += frame.data_ref().map_or(0, Bytes::len),
                Ok(Some(Err(_)) | None) => return None,
                Err(_silent) => return Some(TransferResult::Stalled),
            }
        }
        (received >= page.bytes).then_some(TransferResult::Complete)
    };
    // The connection's future only moves bytes; the transfer detects its end first.
    let drive = async {
        let _ended = connection.await;
        std::future::pending().await
    };
    tokio::select! {
        result = transfer => result,
        never = drive => never,
    }
}
