//! The engine's side of the door.
//!
//! Each connection is one task: it reads requests, has the engine carry them out, and writes
//! answers, snapshots and events. It holds nothing that can grow: at most [`AT_ONCE`] requests are
//! under way, and of long ones one; of snapshots only the latest, and events that are not taken in time are counted as
//! missed. So the engine never waits for a client, and a client that stops reading is dropped when a
//! write has not got through within [`WRITE_LIMIT`].
//!
//! What a client sends is answered, whatever it is; only silence before `hello`, another version and
//! a broken connection end a connection, and nothing that a client does ends the server.

use std::future::pending;
use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::codec::Framed;
use tokio_util::sync::CancellationToken;

use super::lines::{BadLine, Lines};
use super::protocol::{
    Answer, LONGEST_HELLO, LONGEST_REQUEST, Message, Request, Said, VERSION, read_request, refuse_line, write_refusal,
    write_said,
};
use super::streams::{Events, Snapshots, next_event, next_snapshot};
use super::transport::{Listener, Wire};
use crate::engine::Handle;
use crate::model::{Cause, Fault, FaultCode, Reply};

/// Requests of one client that are under way; further ones wait unread.
const AT_ONCE: usize = 16;

/// A line of more bytes is a long one: no further one is read while it is under way.
const LONG: usize = 1 << 20;

/// Clients at the same time: a tray, a window, and scripts that watch.
const CLIENTS: usize = 64;

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
pub async fn run(listener: Listener, handle: Handle, shutdown: CancellationToken) {
    let mut clients = JoinSet::new();
    let mut pause = ACCEPT_PAUSE.0;
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = clients.join_next() => continue,
            accepted = listener.accept(), if clients.len() < CLIENTS => accepted,
        };
        match accepted {
            Ok(stream) => {
                pause = ACCEPT_PAUSE.0;
                clients.spawn(attend(stream, handle.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a control connection could not be accepted");
                let _stopped_early = timeout(pause, shutdown.cancelled()).await;
                pause = (pause * 2).min(ACCEPT_PAUSE.1);
            }
        }
    }
    drop(listener);
    // Who does not take leave in time is cut off with the set.
    let _all_left = timeout(FAREWELL, async { while clients.join_next().await.is_some() {} }).await;
}

/// Serves one client until it leaves or `shutdown`.
pub async fn attend(stream: impl Wire, handle: Handle, shutdown: CancellationToken) {
    let mut connection = Connection::new(stream, handle);
    let ended = connection.serve(&shutdown).await;
    if let Err(error) = ended {
        tracing::debug!(%error, "a control connection broke");
    }
}

/// One client.
struct Connection<S> {
    lines: Framed<S, Lines>,
    handle: Handle,
    greeting: Greeting,
    under_way: JoinSet<Said>,
    /// Whether the last request was a long one: then it goes alone.
    holds_long: bool,
    snapshots: Option<Snapshots>,
    events: Option<Events>,
}

/// Whether the client has said `hello`.
enum Greeting {
    Awaited { until: Instant },
    Done,
}

/// What comes in; each is handled by one method.
enum Input {
    Line(Result<String, BadLine>),
    Left,
    Say(Said),
    Silent,
    Stop,
}

impl<S: Wire> Connection<S> {
    fn new(stream: S, handle: Handle) -> Self {
        Self {
            lines: Framed::new(stream, Lines::up_to(LONGEST_HELLO)),
            handle,
            greeting: Greeting::Awaited { until: Instant::now() + HELLO_LIMIT },
            under_way: JoinSet::new(),
            holds_long: false,
            snapshots: None,
            events: None,
        }
    }

    async fn serve(&mut self, shutdown: &CancellationToken) -> io::Result<()> {
        loop {
            let goes_on = match self.next(shutdown).await? {
                Input::Line(line) => self.on_line(line).await?,
                Input::Say(said) => self.say(&said).await.map(|()| Goes::On)?,
                // A client may say all it has to say, close its side, and still want the answers.
                Input::Stop | Input::Left => self.farewell().await.map(|()| Goes::Home)?,
                Input::Silent => Goes::Home,
            };
            match goes_on {
                Goes::On => {}
                Goes::Home => return Ok(()),
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
            snapshot = next_snapshot(&mut self.snapshots) => Input::Say(Said::Snapshot(Box::new((*snapshot).clone()))),
            said = next_event(&mut self.events) => Input::Say(said),
            line = self.lines.next(), if reads => line.transpose()?.map_or(Input::Left, Input::Line),
        })
    }

    async fn on_line(&mut self, line: Result<String, BadLine>) -> io::Result<Goes> {
        self.holds_long = line.as_ref().is_ok_and(|line| line.len() > LONG);
        let refusal = match line {
            Ok(line) => match read_request(&line) {
                Ok(message) => return self.on_message(message).await,
                Err(refusal) => refusal,
            },
            Err(bad) => refuse_line(bad),
        };
        self.send(write_refusal(&refusal)).await?;
        Ok(Goes::On)
    }

    async fn on_message(&mut self, Message { id, request }: Message) -> io::Result<Goes> {
        match (&self.greeting, request) {
            (_, Request::Hello { version }) => self.on_hello(id, &version).await,
            (Greeting::Awaited { .. }, Request::Watch | Request::Follow | Request::Command(_)) => {
                let fault = Fault::new(FaultCode::BadMessage, "method: `hello` comes first");
                self.say(&Said::Answer { id, result: Err(fault) }).await?;
                Ok(Goes::On)
            }
            (Greeting::Done, Request::Watch) => {
                self.snapshots = Some(Snapshots::of(&self.handle));
                self.say(&done(id)).await?;
                Ok(Goes::On)
            }
            (Greeting::Done, Request::Follow) => {
                self.events = Some(Events::of(&self.handle, id));
                Ok(Goes::On)
            }
            (Greeting::Done, Request::Command(command)) => {
                let handle = self.handle.clone();
                self.under_way.spawn(async move {
                    let result = handle.call(command).await.map(Answer::Reply);
                    Said::Answer { id, result }
                });
                Ok(Goes::On)
            }
        }
    }

    async fn on_hello(&mut self, id: Value, version: &str) -> io::Result<Goes> {
        if version == VERSION {
            self.greeting = Greeting::Done;
            *self.lines.codec_mut() = Lines::up_to(LONGEST_REQUEST);
            self.say(&Said::Answer { id, result: Ok(Answer::Hello { version: VERSION.into() }) }).await?;
            return Ok(Goes::On);
        }
        // What a stranger says is cut: it comes back in a message.
        let theirs: String = version.chars().take(40).collect();
        let versions = Cause::Versions { engine: VERSION.into(), program: theirs };
        self.say(&Said::Answer { id, result: Err(Fault::of(FaultCode::OtherVersion, versions)) }).await?;
        Ok(Goes::Home)
    }

    /// Lets answers and events that are under way get through. Whoever has closed its side may have gone
    /// altogether, and then nothing is under way for it any more: an empty line, which means nothing, does
    /// not get through to it.
    async fn farewell(&mut self) -> io::Result<()> {
        for said in self.events.as_mut().map(Events::rest).unwrap_or_default() {
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

    async fn say(&mut self, said: &Said) -> io::Result<()> {
        self.send(write_said(said)).await
    }

    async fn send(&mut self, line: String) -> io::Result<()> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the client does not read");
        timeout(WRITE_LIMIT, self.lines.send(line)).await.map_err(late)?
    }
}

/// Whether a conversation goes on.
enum Goes {
    On,
    Home,
}

fn done(id: Value) -> Said {
    Said::Answer { id, result: Ok(Answer::Reply(Reply::Done)) }
}

async fn silence(greeting: &Greeting) {
    match greeting {
        Greeting::Awaited { until } => sleep_until(*until).await,
        Greeting::Done => pending().await,
    }
}
