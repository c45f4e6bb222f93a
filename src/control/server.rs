//! The server of the control socket, on the engine's side.
//!
//! Each connection is one task: it reads requests, has the engine carry them out, and writes
//! answers, snapshots and events. It holds nothing that can grow: at most [`AT_ONCE`] requests are
//! under way, and of long ones one; of snapshots only the latest, and events that are not taken in time are counted as
//! missed. So the engine never waits for a client, and a client that stops reading is dropped when a
//! write has not got through within [`WRITE_LIMIT`]. A new client is always let in; where that makes too
//! many, the least needed one is dropped ([`clients`](super::clients)).
//!
//! What a client sends is answered, whatever it is; only silence before `hello`, another version and
//! a broken connection end a connection, and nothing that a client does ends the server.

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

use super::clients::{ClientEntry, Clients, MOST_CLIENTS};
use super::lines::{InvalidLine, LineCodec};
use super::protocol::{
    CallResult, LONGEST_HELLO, LONGEST_REQUEST, Request, RequestMessage, ServerMessage, VERSION, read_request,
    refuse_line, write_error, write_message,
};
use super::streams::{EventFeed, SnapshotFeed, next_event, next_snapshot};
use super::transport::{Listener, Transport};
use crate::engine::Handle;
use crate::model::{Cause, Fault, FaultCode, Reply};

/// Requests of one client that are under way; further ones wait unread.
const AT_ONCE: usize = 16;

/// A line of more bytes is a long one: no further one is read while it is under way.
const LONG: usize = 1 << 20;

/// Tasks at the same time: the clients, and as many again that were dropped and are not gone yet.
const MOST_TASKS: usize = 2 * MOST_CLIENTS;

/// Time for a client to say `hello`.
const HELLO_LIMIT: Duration = Duration::from_secs(10);

/// Time for a line to get through to a client.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// Time for answers that are under way when the server stops, such as the one to `shutdown`.
const FAREWELL: Duration = Duration::from_millis(500);

/// How often a client that says no more and waits for answers is looked after.
const STILL_THERE: Duration = Duration::from_millis(500);

/// First and longest pause after a connection could not be accepted.
const ACCEPT_PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// Serves all clients until `shutdown`, then lets answers that are under way get through.
pub async fn run(mut listener: Listener, handle: Handle, shutdown: CancellationToken) {
    let (mut clients, mut tasks) = (Clients::default(), JoinSet::new());
    let mut pause = ACCEPT_PAUSE.0;
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept(), if tasks.len() < MOST_TASKS => accepted,
        };
        match accepted {
            Ok(stream) => {
                pause = ACCEPT_PAUSE.0;
                tasks.spawn(serve(stream, handle.clone(), clients.admit(&shutdown)));
            }
            Err(error) => {
                tracing::warn!(%error, "a control connection could not be accepted");
                let _stopped_early = timeout(pause, shutdown.cancelled()).await;
                pause = (pause * 2).min(ACCEPT_PAUSE.1);
            }
        }
    }
    drop(listener);
    say_farewell(tasks).await;
}

/// Serves the user interface of this process, which is never dropped, until `shutdown`.
pub async fn run_in_process(mut streams: mpsc::Receiver<DuplexStream>, handle: Handle, shutdown: CancellationToken) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = tasks.join_next() => {}
            Some(stream) = streams.recv() => {
                tasks.spawn(attend(stream, handle.clone(), shutdown.clone()));
            }
        }
    }
    say_farewell(tasks).await;
}

/// Lets clients hear the answers that are under way; who does not read them in time is cut off.
async fn say_farewell(mut tasks: JoinSet<()>) {
    let _all_left = timeout(FAREWELL, async { while tasks.join_next().await.is_some() {} }).await;
}

/// Serves one client until it leaves or `shutdown`.
pub async fn attend(stream: impl Transport, handle: Handle, shutdown: CancellationToken) {
    serve(stream, handle, ClientEntry::unlisted(&shutdown)).await;
}

async fn serve(stream: impl Transport, handle: Handle, entry: Arc<ClientEntry>) {
    let end = entry.end.clone();
    let ended = ControlConnection::new(stream, handle, entry).serve(&end).await;
    if let Err(error) = ended {
        tracing::debug!(%error, "a control connection broke");
    }
}

/// One client.
struct ControlConnection<S> {
    lines: Framed<S, LineCodec>,
    handle: Handle,
    entry: Arc<ClientEntry>,
    greeting: HelloState,
    under_way: JoinSet<ServerMessage>,
    /// Whether the last request was a long one: then it goes alone.
    holds_long: bool,
    snapshots: Option<SnapshotFeed>,
    events: Option<EventFeed>,
}

/// Whether the client has said `hello`.
enum HelloState {
    Awaited { until: Instant },
    Done,
}

/// What comes in; each is handled by one method.
enum Input {
    Line(Result<String, InvalidLine>),
    Left,
    Say(ServerMessage),
    Silent,
    Stop,
}

impl<S: Transport> ControlConnection<S> {
    fn new(stream: S, handle: Handle, entry: Arc<ClientEntry>) -> Self {
        Self {
            lines: Framed::new(stream, LineCodec::up_to(LONGEST_HELLO)),
            handle,
            entry,
            greeting: HelloState::Awaited { until: Instant::now() + HELLO_LIMIT },
            under_way: JoinSet::new(),
            holds_long: false,
            snapshots: None,
            events: None,
        }
    }

    async fn serve(&mut self, shutdown: &CancellationToken) -> io::Result<()> {
        loop {
            self.entry.busy.store(self.under_way.len(), Ordering::Relaxed);
            let state = match self.next(shutdown).await? {
                Input::Line(line) => self.on_line(line).await?,
                Input::Say(said) => self.say(&said).await.map(|()| AfterMessage::Continue)?,
                // A client may say all it has to say, close its side, and still want the answers.
                Input::Stop | Input::Left => self.farewell().await.map(|()| AfterMessage::Close)?,
                Input::Silent => AfterMessage::Close,
            };
            match state {
                AfterMessage::Continue => {}
                AfterMessage::Close => return Ok(()),
            }
        }
    }

    async fn next(&mut self, shutdown: &CancellationToken) -> io::Result<Input> {
        let most = if self.holds_long { 1 } else { AT_ONCE };
        let reads = self.under_way.len() < most;
        Ok(tokio::select! {
            () = shutdown.cancelled() => Input::Stop,
            () = silence(&self.greeting) => Input::Silent,
            Some(Ok(said)) = self.under_way.join_next() => Input::Say(said),
            snapshot = next_snapshot(&mut self.snapshots) => Input::Say(ServerMessage::Snapshot(Box::new((*snapshot).clone()))),
            said = next_event(&mut self.events) => Input::Say(said),
            line = self.lines.next(), if reads => line.transpose()?.map_or(Input::Left, Input::Line),
        })
    }

    async fn on_line(&mut self, line: Result<String, InvalidLine>) -> io::Result<AfterMessage> {
        self.entry.touch();
        self.holds_long = line.as_ref().is_ok_and(|line| line.len() > LONG);
        let refusal = match line {
            Ok(line) => match read_request(&line) {
                Ok(message) => return self.on_message(message).await,
                Err(refusal) => refusal,
            },
            Err(bad) => refuse_line(bad),
        };
        self.send(write_error(&refusal)).await?;
        Ok(AfterMessage::Continue)
    }

    async fn on_message(&mut self, RequestMessage { id, request }: RequestMessage) -> io::Result<AfterMessage> {
        match (&self.greeting, request) {
            (_, Request::Hello { version }) => self.on_hello(id, &version).await,
            (HelloState::Awaited { .. }, Request::Watch | Request::Follow | Request::Command(_)) => {
                let fault = Fault::new(FaultCode::BadMessage, "method: `hello` comes first");
                self.say(&ServerMessage::Response { id, result: Err(fault) }).await?;
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Watch) => {
                self.entry.streams.fetch_add(1, Ordering::Relaxed);
                self.snapshots = Some(SnapshotFeed::of(&self.handle));
                self.say(&done(id)).await?;
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Follow) => {
                self.entry.streams.fetch_add(1, Ordering::Relaxed);
                self.events = Some(EventFeed::of(&self.handle, id));
                Ok(AfterMessage::Continue)
            }
            (HelloState::Done, Request::Command(command)) => {
                let handle = self.handle.clone();
                self.under_way.spawn(async move {
                    let result = handle.call(command).await.map(CallResult::Reply);
                    ServerMessage::Response { id, result }
                });
                Ok(AfterMessage::Continue)
            }
        }
    }

    async fn on_hello(&mut self, id: Value, version: &str) -> io::Result<AfterMessage> {
        if version == VERSION {
            self.greeting = HelloState::Done;
            *self.lines.codec_mut() = LineCodec::up_to(LONGEST_REQUEST);
            self.say(&ServerMessage::Response { id, result: Ok(CallResult::Hello { version: VERSION.into() }) })
                .await?;
            return Ok(AfterMessage::Continue);
        }
        // What a stranger says is cut: it comes back in a message.
        let theirs: String = version.chars().take(40).collect();
        let versions = Cause::Versions { engine: VERSION.into(), program: theirs };
        self.say(&ServerMessage::Response { id, result: Err(Fault::of(FaultCode::OtherVersion, versions)) }).await?;
        Ok(AfterMessage::Close)
    }

    /// Lets answers and events that are under way get through. Whoever has closed its side may have gone
    /// altogether, and then nothing is under way for it any more: an empty line, which means nothing, does
    /// not get through to it.
    async fn farewell(&mut self) -> io::Result<()> {
        for said in self.events.as_mut().map(EventFeed::rest).unwrap_or_default() {
            self.say(&said).await?;
        }
        while !self.under_way.is_empty() {
            match timeout(STILL_THERE, self.under_way.join_next()).await {
                Ok(Some(Ok(said))) => self.say(&said).await?,
                Ok(Some(Err(_)) | None) => {}
                Err(_late) => self.send(String::new()).await?,
            }
        }
        Ok(())
    }

    async fn say(&mut self, said: &ServerMessage) -> io::Result<()> {
        self.send(write_message(said)).await
    }

    async fn send(&mut self, line: String) -> io::Result<()> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the client does not read");
        timeout(WRITE_LIMIT, self.lines.send(line)).await.map_err(late)?
    }
}

/// What becomes of a connection after a message.
enum AfterMessage {
    Continue,
    Close,
}

fn done(id: Value) -> ServerMessage {
    ServerMessage::Response { id, result: Ok(CallResult::Reply(Reply::Done)) }
}

async fn silence(greeting: &HelloState) {
    match greeting {
        HelloState::Awaited { until } => sleep_until(*until).await,
        HelloState::Done => pending().await,
    }
}
