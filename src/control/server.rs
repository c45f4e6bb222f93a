//! The server of the control socket, on the engine's side.
//!
//! Each connection is one task: it reads requests, passes them to the engine, and writes responses, snapshots and
//! events. Its memory is bounded: at most [`MAX_IN_PROGRESS`] requests are in progress, or a single one if it is longer
//! than [`LONG_REQUEST`]; only the latest snapshot is kept, and events that the client does not read in time are
//! counted as missed. So the engine never waits for a client. A client that takes longer than [`WRITE_LIMIT`] to read a
//! line is dropped. A new client is always accepted; if that makes too many, the least important one is dropped
//! ([`clients`](super::clients)).
//!
//! Every line is answered, valid or not. A connection ends if the client sends no `hello` in time, has another version,
//! or disconnects; no input ends the server.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

use super::clients::{ClientEntry, Clients, MAX_CLIENTS};
use super::connections::{ConnectionFeed, next_connections};
use super::lines::{InvalidLine, LineCodec};
use super::protocol::{
    CallResult, MAX_HELLO, MAX_REQUEST, Request, RequestMessage, ServerMessage, VERSION, read_request, refuse_line,
    write_error, write_message,
};
use super::streams::{EventFeed, SnapshotFeed, next_event, next_snapshot};
use super::transport::{self, Listener, SharedListener, Stream, Transport};
use crate::engine::Handle;
use crate::model::{Cause, Fault, FaultCode, Reply};
use crate::os::take_over::TakeOverStream;

/// Maximum number of requests of one client in progress; further ones wait unread.
const MAX_IN_PROGRESS: usize = 16;

/// In bytes. A longer request is executed alone: the next line is not read before the response is sent.
const LONG_REQUEST: usize = 1 << 20;

/// Maximum number of tasks: one per client, and as many again for dropped clients that have not ended yet.
const MAX_TASKS: usize = 2 * MAX_CLIENTS;

/// Time limit for a client to send `hello`.
const HELLO_LIMIT: Duration = Duration::from_secs(10);

/// Time limit for a client to read one line.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// Time limit for responses in progress when the server stops, such as the one to `shutdown`.
const SHUTDOWN_LIMIT: Duration = Duration::from_millis(500);

/// How often a client that has closed its side and waits for responses is checked for being alive.
const LIVENESS_INTERVAL: Duration = Duration::from_millis(500);

/// Shortest and longest pause after an accept error; doubled with each error in a row.
const ACCEPT_PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// Another engine that requests to take over from this one.
pub struct TakeOverRequest {
    /// The connection to it.
    pub stream: TakeOverStream,
    /// The control socket.
    pub socket: SharedListener,
}

/// Serves all clients until `shutdown`, then finishes the responses in progress. Engines that request to take over are
/// sent to `take_overs`, or rejected while another one waits there.
pub async fn run(
    mut listener: Listener,
    handle: Handle,
    take_overs: mpsc::Sender<TakeOverRequest>,
    shutdown: CancellationToken,
) {
    let (mut clients, mut tasks) = (Clients::default(), JoinSet::new());
    let mut pause = ACCEPT_PAUSE.0;
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(ended) = tasks.join_next() => {
                if let Ok(Some(stream)) = ended {
                    pass_on(stream, &listener, &take_overs);
                }
                continue;
            }
            accepted = listener.accept(), if tasks.len() < MAX_TASKS => accepted,
        };
        match accepted {
            Ok(stream) => {
                pause = ACCEPT_PAUSE.0;
                tasks.spawn(serve(stream, handle.clone(), clients.admit(&shutdown)));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a control connection");
                let _stopped_early = timeout(pause, shutdown.cancelled()).await;
                pause = (pause * 2).min(ACCEPT_PAUSE.1);
            }
        }
    }
    drop(listener);
    finish_responses(tasks).await;
}

fn pass_on(stream: Stream, listener: &Listener, take_overs: &mpsc::Sender<TakeOverRequest>) {
    let stream = transport::into_take_over(stream);
    let request = stream.and_then(|stream| Ok(TakeOverRequest { stream, socket: listener.share()? }));
    match request.map(|request| take_overs.try_send(request).is_ok()) {
        Ok(true) => {}
        Ok(false) => tracing::warn!("another engine requests to take over, but one is doing so already"),
        Err(error) => tracing::warn!(%error, "another engine cannot take over"),
    }
}

/// Serves clients in this process, which are never dropped, until `shutdown`.
pub async fn run_in_process(mut streams: mpsc::Receiver<DuplexStream>, handle: Handle, shutdown: CancellationToken) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = tasks.join_next() => {}
            Some(stream) = streams.recv() => {
                tasks.spawn(serve_stream(stream, handle.clone(), shutdown.clone()));
            }
        }
    }
    finish_responses(tasks).await;
}

/// Waits for the clients' last responses; aborts those that do not read them in time.
async fn finish_responses<T: 'static>(mut tasks: JoinSet<T>) {
    let _all_left = timeout(SHUTDOWN_LIMIT, async { while tasks.join_next().await.is_some() {} }).await;
}

/// Serves one client until it disconnects or `shutdown`.
pub async fn serve_stream(stream: impl Transport, handle: Handle, shutdown: CancellationToken) {
    let _taken_over = serve(stream, handle, ClientEntry::unlisted(&shutdown)).await;
}

/// Serves one client. Returns the connection of an engine that requests to take over.
async fn serve<S: Transport>(stream: S, handle: Handle, entry: Arc<ClientEntry>) -> Option<S> {
    let end = entry.end.clone();
    let mut connection = ControlConnection::new(stream, handle, entry);
    match connection.serve(&end).await {
        Ok(ServiceEnd::Closed) => None,
        Ok(ServiceEnd::TakeOver) => Some(connection.lines.into_inner()),
        Err(error) => {
            tracing::debug!(%error, "a control connection failed");
            None
        }
    }
}

/// How the service of a client has ended.
enum ServiceEnd {
    Closed,
    /// It is an engine that requests to take over.
    TakeOver,
}

/// The connection of one client.
struct ControlConnection<S> {
    lines: Framed<S, LineCodec>,
    handle: Handle,
    entry: Arc<ClientEntry>,
    hello: HelloState,
    in_progress: JoinSet<ServerMessage>,
    /// Whether the last request was longer than [`LONG_REQUEST`].
    has_long_request: bool,
    snapshots: Option<SnapshotFeed>,
    events: Option<EventFeed>,
    connections: Option<Box<ConnectionFeed>>,
}

/// Whether the client has sent `hello`.
enum HelloState {
    Awaited { until: Instant },
    Done,
}

/// What a connection waits for; each is handled by one method.
enum Input {
    Line(Result<String, InvalidLine>),
    Disconnected,
    Outgoing(ServerMessage),
    HelloTimeout,
    Stop,
}

impl<S: Transport> ControlConnection<S> {
    fn new(stream: S, handle: Handle, entry: Arc<ClientEntry>) -> Self {
        Self {
            lines: Framed::new(stream, LineCodec::up_to(MAX_HELLO)),
            handle,
            entry,
            hello: HelloState::Awaited { until: Instant::now() + HELLO_LIMIT },
            in_progress: JoinSet::new(),
            has_long_request: false,
            snapshots: None,
            events: None,
            connections: None,
        }
    }

    async fn serve(&mut self, shutdown: &CancellationToken) -> io::Result<ServiceEnd> {
        loop {
            self.entry.busy.store(self.in_progress.len(), Ordering::Relaxed);
            let state = match self.next(shutdown).await? {
                Input::Line(line) => self.on_line(line).await?,
                Input::Outgoing(message) => self.send_message(&message).await.map(|()| AfterMessage::Continue)?,
                // A client may close its side after its last request and still read the responses.
                Input::Stop | Input::Disconnected => self.finish().await.map(|()| AfterMessage::Close)?,
                Input::HelloTimeout => AfterMessage::Close,
            };
            match state {
                AfterMessage::Continue => {}
                AfterMessage::Close => return Ok(ServiceEnd::Closed),
                AfterMessage::TakeOver => return Ok(ServiceEnd::TakeOver),
            }
        }
    }

    async fn next(&mut self, shutdown: &CancellationToken) -> io::Result<Input> {
        let most = if self.has_long_request { 1 } else { MAX_IN_PROGRESS };
        let reads = self.in_progress.len() < most;
        Ok(tokio::select! {
            () = shutdown.cancelled() => Input::Stop,
            () = hello_timeout(&self.hello) => Input::HelloTimeout,
            Some(Ok(message)) = self.in_progress.join_next() => Input::Outgoing(message),
            snapshot = next_snapshot(&mut self.snapshots) => Input::Outgoing(ServerMessage::Snapshot(Box::new((*snapshot).clone()))),
            message = next_event(&mut self.events) => Input::Outgoing(message),
            changes = next_connections(&mut self.connections) => Input::Outgoing(ServerMessage::Connections(changes)),
            line = self.lines.next(), if reads => line.transpose()?.map_or(Input::Disconnected, Input::Line),
        })
    }

    async fn on_line(&mut self, line: Result<String, InvalidLine>) -> io::Result<AfterMessage> {
        self.entry.touch();
        self.has_long_request = line.as_ref().is_ok_and(|line| line.len() > LONG_REQUEST);
        let refusal = match line {
            Ok(line) => match read_request(&line) {
                Ok(message) => return self.on_message(message).await,
                Err(refusal) => refusal,
            },
            Err(bad) => refuse_line(bad),
        };
        self.send_line(write_error(&refusal)).await?;
        Ok(AfterMessage::Continue)
    }

    async fn on_message(&mut self, RequestMessage { id, request }: RequestMessage) -> io::Result<AfterMessage> {
        match (&self.hello, request) {
            (_, Request::Hello { version }) => self.on_hello(id, &version).await,
            (_, Request::TakeOver) => Ok(AfterMessage::TakeOver),
            (
                HelloState::Awaited { .. },
                Request::Watch | Request::Follow | Request::Connections | Request::Command(_),
            ) => {
                let fault = Fault::new(FaultCode::BadMessage, "method: `hello` must come first");
                self.send_message(&ServerMessage::Response { id, result: Err(fault) }).await?;
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Watch) => {
                self.entry.streams.fetch_add(1, Ordering::Relaxed);
                self.snapshots = Some(SnapshotFeed::of(&self.handle));
                self.send_message(&done(id)).await?;
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Connections) => {
                self.entry.streams.fetch_add(1, Ordering::Relaxed);
                self.connections = Some(Box::new(ConnectionFeed::of(&self.handle)));
                self.send_message(&done(id)).await?;
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Follow) => {
                self.entry.streams.fetch_add(1, Ordering::Relaxed);
                self.events = Some(EventFeed::of(&self.handle, id));
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Command(command)) => {
                let handle = self.handle.clone();
                self.in_progress.spawn(async move {
                    let result = handle.call(command).await.map(CallResult::Reply);
                    ServerMessage::Response { id, result }
                });
                Ok(AfterMessage::Continue)
            }
        }
    }

    async fn on_hello(&mut self, id: Value, version: &str) -> io::Result<AfterMessage> {
        if version == VERSION {
            self.hello = HelloState::Done;
            *self.lines.codec_mut() = LineCodec::up_to(MAX_REQUEST);
            self.send_message(&ServerMessage::Response {
                id,
                result: Ok(CallResult::Hello { version: VERSION.into() }),
            })
            .await?;
            return Ok(AfterMessage::Continue);
        }
        // Truncated, because the error repeats it.
        let theirs: String = version.chars().take(40).collect();
        let versions = Cause::Versions { engine: VERSION.into(), program: theirs };
        self.send_message(&ServerMessage::Response { id, result: Err(Fault::of(FaultCode::OtherVersion, versions)) })
            .await?;
        Ok(AfterMessage::Close)
    }

    /// Sends the remaining events and responses. A client that has closed its side may have disconnected completely:
    /// then sending an empty line, which clients ignore, fails and ends the wait.
    async fn finish(&mut self) -> io::Result<()> {
        for message in self.events.as_mut().map(EventFeed::pending).unwrap_or_default() {
            self.send_message(&message).await?;
        }
        while !self.in_progress.is_empty() {
            match timeout(LIVENESS_INTERVAL, self.in_progress.join_next()).await {
                Ok(Some(Ok(message))) => self.send_message(&message).await?,
                Ok(Some(Err(_)) | None) => {}
                Err(_late) => self.send_line(String::new()).await?,
            }
        }
        Ok(())
    }

    async fn send_message(&mut self, message: &ServerMessage) -> io::Result<()> {
        self.send_line(write_message(message)).await
    }

    async fn send_line(&mut self, line: String) -> io::Result<()> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the client does not read its messages");
        timeout(WRITE_LIMIT, self.lines.send(line)).await.map_err(late)?
    }
}

/// What to do with a connection after a message.
enum AfterMessage {
    Continue,
    Close,
    TakeOver,
}

fn done(id: Value) -> ServerMessage {
    ServerMessage::Response { id, result: Ok(CallResult::Reply(Reply::Done)) }
}

async fn hello_timeout(hello: &HelloState) {
    match hello {
        HelloState::Awaited { until } => sleep_until(*until).await,
        HelloState::Done => pending().await,
    }
}
