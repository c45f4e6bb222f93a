//! The probe: an end-to-end check that fetches a small page through a member, and returns its duration or the stage
//! that failed.
//!
//! The page must be an HTTP response with an accepted status. The meaning of silence or a closed connection depends on
//! the protocol: no Shadowsocks server reports a wrong password, it stays silent, as it does for a wrong cipher; a
//! server that cannot reach the page closes at once.
//!
//! A check makes up to two attempts, with two pages, because a page that is down or a short outage is not the node's
//! fault. The second attempt does not wait for a silent first one to end.

use std::error::Error;
use std::future::Future;
use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use crate::model::{Dial, Failure, FailureCause, Handshake, Kind, Node, Stage, SystemError, Target};
use crate::os::{connect, descriptors, network, system_error};
use crate::socks5::{ClientHandshake, ClientStep, HandshakeError, ReplyCode, SocksCommand};

/// The requests of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Pages to fetch; the second one is used if the first one fails.
    pub urls: Vec<Uri>,
    /// Accepted statuses.
    pub statuses: Vec<u16>,
    /// Time limit of one request.
    pub limit: Duration,
    /// The data that a check transfers after that; none if it transfers nothing.
    pub transfer: Option<TransferPage>,
}

/// The data that a check transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferPage {
    /// The page.
    pub url: Uri,
    /// How much of it is read, in bytes.
    pub bytes: usize,
}

/// Timing of the two attempts.
#[derive(Clone, Copy)]
struct AttemptTiming {
    /// From the start of a failed first attempt to the second one: a short outage is over by then.
    pause: Duration,
    /// After this much silence the second attempt starts in parallel.
    silence: Duration,
}

const TIMING: AttemptTiming = AttemptTiming { pause: Duration::from_secs(1), silence: Duration::from_secs(2) };

/// Fetches the first page through the member at `dial`; if that fails or stays silent, another one (or the same one
/// again if there is no other). If both fail, returns the failure of the first.
pub(super) async fn run(dial: &Dial, kind: &Kind, check: &Check) -> Result<Duration, Failure> {
    let Some(first) = check.urls.first() else {
        return Err(Failure::new(Stage::Configuration, "no page to fetch is configured"));
    };
    let second = check.urls.get(1).unwrap_or(first);
    two_attempts(fetch(dial, kind, check, first), fetch(dial, kind, check, second), TIMING).await
}

/// The first successful attempt, or the failure of the first.
async fn two_attempts<T>(
    first: impl Future<Output = Result<T, Failure>>,
    second: impl Future<Output = Result<T, Failure>>,
    timing: AttemptTiming,
) -> Result<T, Failure> {
    let begun = Instant::now();
    tokio::pin!(first);
    let failure = match timeout_at(begun + timing.silence, &mut first).await {
        Ok(Ok(result)) => return Ok(result),
        Ok(Err(failure)) => Some(failure),
        Err(_silent) => None,
    };
    if let Some(failure) = failure {
        tokio::time::sleep_until(begun + timing.pause).await;
        return second.await.map_err(|_| failure);
    }
    tokio::pin!(second);
    tokio::select! {
        result = &mut first => match result {
            Ok(result) => Ok(result),
            Err(failure) => second.await.map_err(|_| failure),
        },
        result = &mut second => match result {
            Ok(result) => Ok(result),
            Err(_) => first.await,
        },
    }
}

/// Fetches a page without any member, on an open connection.
pub(super) async fn fetch_direct(stream: TcpStream, url: &Uri, deadline: Instant) -> Result<PageResponse, Failure> {
    let silent = |_elapsed| Failure::new(Stage::TimeLimit, SystemError::TimedOut);
    let broken = |error: hyper::Error| Failure::new(Stage::Destination, of_answer(&error));
    connect_through(stream, url, deadline, silent, broken).await
}

/// The head of the response to a page request.
pub(super) struct PageResponse {
    /// Status.
    pub(super) status: StatusCode,
    /// Target of a redirect.
    pub(super) location: Option<String>,
}

/// Checks that the node's server can be reached: its name resolves, and an address accepts TCP. A member's SOCKS5 reply
/// does not distinguish these failures.
pub(super) async fn reach(node: &Node, limit: Duration) -> Result<(), Failure> {
    let lookup = tokio::net::lookup_host((node.host.as_str(), node.port));
    let late = |stage| move |_| Failure::new(stage, FailureCause::NoAnswerWithin(limit.as_secs()));
    let found = tokio::time::timeout(limit, lookup).await.map_err(late(Stage::Dns))?;
    let addrs: Vec<_> = found.map_err(|error| of_name(&error))?.collect();
    if addrs.iter().copied().any(network::leads_back) {
        return Err(Failure::new(Stage::Configuration, FailureCause::OwnPort));
    }
    let connected = tokio::time::timeout(limit, connect::connect(&addrs)).await.map_err(late(Stage::Tcp))?;
    connected.map_err(|error| of_system(Stage::Tcp, &error))?;
    Ok(())
}

async fn fetch(dial: &Dial, kind: &Kind, check: &Check, url: &Uri) -> Result<Duration, Failure> {
    let started = Instant::now();
    let deadline = started + check.limit;
    let silent = |stage| {
        let cause = FailureCause::Silent(check.limit.as_secs());
        move |_elapsed| Failure::new(stage, cause)
    };
    let stream = timeout_at(deadline, connect(dial, kind, url)).await.map_err(silent(Stage::Handshake))??;
    let no_answer = |error: hyper::Error| Failure::new(after_close(kind, &error), of_answer(&error));
    let PageResponse { status, .. } =
        connect_through(stream, url, deadline, silent(after_silence(kind)), no_answer).await?;
    if check.statuses.contains(&status.as_u16()) {
        Ok(started.elapsed())
    } else {
        Err(Failure::new(Stage::Destination, FailureCause::Status(status.to_string().into())))
    }
}

/// The stage that failed if nothing is received on an established connection.
fn after_silence(kind: &Kind) -> Stage {
    match kind {
        // It accepted the login and reported that it has connected to the page.
        Kind::Socks5 { .. } => Stage::TimeLimit,
        Kind::Ss { .. } | Kind::Ssr(_) => Stage::Handshake,
    }
}

/// Connects to the host of a page through the member at `dial`.
pub(super) async fn connect(dial: &Dial, kind: &Kind, url: &Uri) -> Result<TcpStream, Failure> {
    if network::leads_back(dial.addr) {
        return Err(Failure::new(Stage::Configuration, FailureCause::OwnPort));
    }
    let mut stream = TcpStream::connect(dial.addr).await.map_err(|error| unreachable_member(kind, &error))?;
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let target =
        Target::from_host(host, port(url)).ok_or_else(|| Failure::new(Stage::Configuration, "the page has no host"))?;
    let opened = handshake(&mut stream, dial, &target).await;
    opened.map_err(|refusal| Failure::new(after_refusal(kind, &refusal), of_refusal(&refusal)))?;
    Ok(stream)
}

/// The port of a page.
pub(super) fn port(url: &Uri) -> u16 {
    let default = if url.scheme_str() == Some("https") { 443 } else { 80 };
    url.port_u16().unwrap_or(default)
}

/// Why the connection through a member, or a SOCKS5 server, failed.
enum ProbeRefusal {
    /// The connection failed.
    Io(io::Error),
    /// It refused, or does not speak SOCKS5.
    Handshake(HandshakeError),
    /// The node's web server answered with this status in place of a WebSocket; 0 for none.
    NoWebSocket(u16),
}

impl From<io::Error> for ProbeRefusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Requests `target`. Each step waits for the reply to the previous one, so that the failed step is known.
async fn handshake(stream: &mut TcpStream, dial: &Dial, target: &Target) -> Result<(), ProbeRefusal> {
    let mut handshake = ClientHandshake::new(Handshake::Stepwise, dial.login.as_ref(), SocksCommand::Connect, target);
    let mut received = Vec::new();
    loop {
        match handshake.advance(&received) {
            Ok(ClientStep::Send(bytes)) => {
                stream.write_all(&bytes).await?;
                received.clear();
            }
            Ok(ClientStep::Receive(count)) => {
                received.resize(count, 0);
                stream.read_exact(&mut received).await?;
            }
            Ok(ClientStep::Done(_)) => return Ok(()),
            Err(HandshakeError::Refused(ReplyCode::NO_WEBSOCKET)) => {
                // The rest of a member's reply: an IPv4 address, and a port that contains the status.
                let mut bound = [0; 6];
                stream.read_exact(&mut bound).await?;
                return Err(ProbeRefusal::NoWebSocket(u16::from_be_bytes([bound[4], bound[5]])));
            }
            Err(error) => return Err(ProbeRefusal::Handshake(error)),
        }
    }
}

fn unreachable_member(kind: &Kind, error: &io::Error) -> Failure {
    let stage = match kind {
        Kind::Socks5 { .. } => Stage::Tcp,
        Kind::Ss { .. } | Kind::Ssr(_) => Stage::Start,
    };
    of_system(stage, error)
}

/// A failure from an error of the system.
pub(super) fn of_system(stage: Stage, error: &io::Error) -> Failure {
    Failure::new(stage, system_error::of(error))
}

/// A failure to resolve a name. The resolver does not report that it is out of descriptors.
pub(super) fn of_name(error: &io::Error) -> Failure {
    tracing::debug!(%error, "a name has no address");
    let why = if descriptors::are_exhausted() { SystemError::TooManyOpen } else { SystemError::NoAddress };
    Failure::new(Stage::Dns, why)
}

/// The reason in a SOCKS5 reply.
fn of_refusal(refusal: &ProbeRefusal) -> FailureCause {
    let code = match refusal {
        ProbeRefusal::Io(error) => return system_error::of(error).into(),
        ProbeRefusal::NoWebSocket(0) => return FailureCause::NoWebSocket,
        ProbeRefusal::NoWebSocket(status) => return FailureCause::WebSocketStatus(status.to_string().into()),
        ProbeRefusal::Handshake(HandshakeError::LoginRefused) => return FailureCause::Login,
        ProbeRefusal::Handshake(HandshakeError::NotSocks5) => return FailureCause::NotSocks5,
        ProbeRefusal::Handshake(HandshakeError::Refused(code)) => *code,
    };
    match code {
        ReplyCode::CONNECTION_REFUSED => SystemError::Refused.into(),
        ReplyCode::NETWORK_UNREACHABLE => SystemError::NoRoute.into(),
        ReplyCode::HOST_UNREACHABLE => SystemError::NoAddress.into(),
        ReplyCode::TTL_EXPIRED => SystemError::TimedOut.into(),
        ReplyCode::GENERAL_FAILURE => FailureCause::Unreached,
        ReplyCode::NOT_ALLOWED => FailureCause::NotAllowed,
        ReplyCode::TLS_FAILED => FailureCause::Tls,
        _other => FailureCause::NotSocks5,
    }
}

/// Why a connection ended without a response.
pub(super) fn of_answer(error: &hyper::Error) -> FailureCause {
    system_error::behind(error).map_or_else(|| error_text(error).into(), FailureCause::System)
}

/// The stage that a SOCKS5 reply refers to: for a member, the connection to its server; for a node that is itself a
/// SOCKS5 server, the page.
fn after_refusal(kind: &Kind, refusal: &ProbeRefusal) -> Stage {
    match (refusal, kind) {
        (ProbeRefusal::NoWebSocket(_), _) => Stage::Handshake,
        (ProbeRefusal::Io(_) | ProbeRefusal::Handshake(HandshakeError::LoginRefused), _) => Stage::Handshake,
        (ProbeRefusal::Handshake(HandshakeError::NotSocks5), Kind::Socks5 { .. }) => Stage::Handshake,
        (ProbeRefusal::Handshake(HandshakeError::NotSocks5), Kind::Ss { .. } | Kind::Ssr(_)) => Stage::Tcp,
        (ProbeRefusal::Handshake(HandshakeError::Refused(code)), Kind::Socks5 { .. }) => match *code {
            ReplyCode::GENERAL_FAILURE
            | ReplyCode::NOT_ALLOWED
            | ReplyCode::NETWORK_UNREACHABLE
            | ReplyCode::HOST_UNREACHABLE
            | ReplyCode::CONNECTION_REFUSED
            | ReplyCode::TTL_EXPIRED => Stage::Destination,
            _other => Stage::Handshake,
        },
        (ProbeRefusal::Handshake(HandshakeError::Refused(code)), Kind::Ss { .. } | Kind::Ssr(_)) => match *code {
            ReplyCode::HOST_UNREACHABLE => Stage::Dns,
            ReplyCode::TLS_FAILED => Stage::Handshake,
            _other => Stage::Tcp,
        },
    }
}

async fn connect_through(
    stream: TcpStream,
    url: &Uri,
    deadline: Instant,
    silent: impl FnOnce(Elapsed) -> Failure,
    no_answer: impl Fn(hyper::Error) -> Failure,
) -> Result<PageResponse, Failure> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(&no_answer)?;
    let request = Request::get(url.path_and_query().map_or("/", |path| path.as_str()))
        .header("host", url.authority().map_or("", |authority| authority.as_str()))
        .header("user-agent", concat!("sluice/", env!("CARGO_PKG_VERSION")))
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| Failure::new(Stage::Configuration, format!("{url}: {error}")))?;
    let exchange = async {
        let response = timeout_at(deadline, sender.send_request(request)).await.map_err(silent)?.map_err(&no_answer)?;
        let status = response.status();
        let location = response.headers().get("location");
        let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        // The page is small; it must be complete.
        let late = |_elapsed| Failure::new(Stage::TimeLimit, FailureCause::Unfinished);
        let cut = |error: hyper::Error| {
            let error = system_error::behind(&error).unwrap_or_else(|| SystemError::Other(error_text(&error)));
            Failure::new(Stage::TimeLimit, FailureCause::Interrupted(error))
        };
        timeout_at(deadline, response.into_body().collect()).await.map_err(late)?.map_err(cut)?;
        Ok(PageResponse { status, location })
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

/// The stage that failed when an established connection closes without a response.
fn after_close(kind: &Kind, error: &hyper::Error) -> Stage {
    match kind {
        // Had it failed to reach the page, its SOCKS5 reply would have reported this.
        Kind::Socks5 { .. } => Stage::Destination,
        Kind::Ss { .. } if error.is_incomplete_message() || error.is_canceled() => Stage::Destination,
        // Closing with unread bytes sends a reset, which means nothing here; only in the newer protocol a reset is the
        // response to a wrong key (SIP022, detection prevention).
        Kind::Ss { method, .. } if is_reset(error) && !method.starts_with("2022-") => Stage::Destination,
        Kind::Ss { .. } => Stage::Handshake,
        // A server acknowledges a client that it understands; a member turns a close without that into a reset. The
        // oldest protocols have no acknowledgement, and there a wrong password is the most likely reason.
        Kind::Ssr(ssr) if ssr.protocol.acknowledges() && !is_reset(error) => Stage::Destination,
        Kind::Ssr(_) => Stage::Handshake,
    }
}

fn is_reset(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionReset)
}

/// The error with its cause, which `Display` leaves out.
fn error_text(error: &hyper::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// An attempt that ends after a while; a passed one returns its name.
    async fn after(ms: u32, result: Result<&'static str, &str>) -> Result<&'static str, Failure> {
        tokio::time::sleep(MS * ms).await;
        result.map_err(|detail| Failure::new(Stage::Tcp, detail))
    }

    async fn check(first: (u32, Result<&'static str, &str>), second: (u32, Result<&'static str, &str>)) -> String {
        let timing = AttemptTiming { pause: MS * 100, silence: MS * 200 };
        let result = two_attempts(after(first.0, first.1), after(second.0, second.1), timing).await;
        result.map_or_else(|failure| failure.cause.to_string(), str::to_owned)
    }

    #[tokio::test]
    async fn one_passed_attempt_is_enough_and_the_first_failure_is_reported() {
        assert_eq!(check((1, Ok("first")), (1, Ok("second"))).await, "first");
        assert_eq!(check((1, Err("refused")), (1, Ok("second"))).await, "second");
        assert_eq!(check((1, Err("refused")), (1, Err("again"))).await, "refused");
        assert_eq!(check((60_000, Err("silent")), (1, Ok("second"))).await, "second");
        assert_eq!(check((400, Ok("slow")), (60_000, Err("again"))).await, "slow");
        assert_eq!(check((400, Err("late")), (1, Err("again"))).await, "late");
        assert_eq!(check((400, Err("late")), (800, Ok("second"))).await, "second");
    }

    #[tokio::test]
    async fn the_second_attempt_waits_out_a_short_outage() {
        let begun = Instant::now();
        assert_eq!(check((1, Err("refused")), (1, Err("again"))).await, "refused");
        assert!(begun.elapsed() >= MS * 100);
    }
}
