//! The client of the control socket: typed calls, snapshots and events.
//!
//! A connection is used for one thing: calls one after another, or snapshots, or events. Who wants
//! two opens two; connections are cheap, and nothing then waits behind something else.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_util::codec::Framed;

use super::lines::LineCodec;
use super::protocol::{
    CallResult, LONGEST_ANSWER, LONGEST_REQUEST, Request, RequestMessage, ServerMessage, VERSION, read_message,
    write_request,
};
use super::transport::{self, Transport};
use crate::model::{Command, Event, Fault, FaultCode, Reply, Snapshot, display_as_fault};
use crate::os::obstacle;
use crate::os::paths::{Paths, PathsError};

/// Time for the engine to answer `hello`: it does nothing else for it.
const HELLO_LIMIT: Duration = Duration::from_secs(5);

/// Why a call brought no answer.
#[derive(Debug)]
pub enum ClientError {
    /// No engine runs on these files.
    NotRunning,
    /// The engine's own answer.
    Fault(Fault),
    /// The engine ended, or dropped this client for not reading.
    Ended,
    /// The socket is not safe to use.
    Paths(PathsError),
    /// The connection broke.
    Broken(io::Error),
    /// What came is no answer.
    NotUnderstood(String),
}

display_as_fault!(ClientError);

impl From<Fault> for ClientError {
    fn from(error: Fault) -> Self {
        Self::Fault(error)
    }
}

impl From<PathsError> for ClientError {
    fn from(error: PathsError) -> Self {
        Self::Paths(error)
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

impl ClientError {
    /// As people are told of it.
    pub fn fault(&self) -> Fault {
        self.into()
    }
}

impl From<&ClientError> for Fault {
    fn from(error: &ClientError) -> Self {
        match error {
            ClientError::NotRunning => Self::new(FaultCode::NotRunning, ""),
            ClientError::Fault(fault) => fault.clone(),
            ClientError::Ended => Self::new(FaultCode::Ended, ""),
            ClientError::Paths(error) => error.into(),
            ClientError::Broken(error) => Self::of(FaultCode::Broken, obstacle::of(error)),
            ClientError::NotUnderstood(what) => {
                tracing::debug!(what, "the engine is not understood");
                Self::new(FaultCode::NotUnderstood, "")
            }
        }
    }
}

/// A connection to the engine.
pub struct Client {
    lines: Framed<Box<dyn Transport>, LineCodec>,
    last_id: u64,
}

/// Snapshots as they change, the latest first.
pub struct SnapshotStream(Client);

/// Events as they happen.
pub struct EventStream(Client);

/// What a follower of events hears.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamedEvent {
    /// Something happened.
    Event(Event),
    /// So many events were lost because they were not read in time.
    Missed(u64),
}

impl Client {
    /// Connects to the engine that runs on these files.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] where there is none; otherwise as [`Client::over`].
    pub async fn connect(paths: &Paths) -> Result<Self, ClientError> {
        paths.check_runtime()?;
        let stream = transport::connect(paths).await.map_err(|error| {
            let nobody = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
            if nobody { ClientError::NotRunning } else { ClientError::Broken(error) }
        })?;
        Self::over(stream).await
    }

    /// Begins a conversation over a stream whose other end a server attends.
    ///
    /// # Errors
    /// A fault if the engine is of another version; a connection that breaks or stays silent.
    pub async fn over(stream: impl Transport) -> Result<Self, ClientError> {
        let wire: Box<dyn Transport> = Box::new(stream);
        let mut client = Self { lines: Framed::new(wire, LineCodec::up_to(LONGEST_ANSWER)), last_id: 0 };
        let hello = client.ask(Request::Hello { version: VERSION.into() });
        let answer = tokio::time::timeout(HELLO_LIMIT, hello).await;
        let late = || ClientError::Broken(io::Error::new(io::ErrorKind::TimedOut, "the engine does not answer"));
        match answer.map_err(|_| late())?? {
            CallResult::Hello { .. } => Ok(client),
            CallResult::Reply(_) => Err(ClientError::NotUnderstood("not the answer to hello".into())),
        }
    }

    /// Has a command carried out; takes as long as that takes.
    ///
    /// # Errors
    /// The engine's fault, or a connection that ended.
    pub async fn call(&mut self, command: Command) -> Result<Reply, ClientError> {
        match self.ask(Request::Command(command)).await? {
            CallResult::Reply(reply) => Ok(reply),
            CallResult::Hello { .. } => Err(ClientError::NotUnderstood("an answer to hello".into())),
        }
    }

    /// Streams snapshots: the current one at once, then newer ones.
    ///
    /// # Errors
    /// As for a call.
    pub async fn watch(mut self) -> Result<SnapshotStream, ClientError> {
        self.ask(Request::Watch).await?;
        Ok(SnapshotStream(self))
    }

    /// The past events, oldest first, and those that follow.
    ///
    /// # Errors
    /// As for a call.
    pub async fn events(mut self) -> Result<(Vec<Event>, EventStream), ClientError> {
        match self.ask(Request::Follow).await? {
            CallResult::Reply(Reply::Events(past)) => Ok((past, EventStream(self))),
            CallResult::Reply(_) | CallResult::Hello { .. } => Err(ClientError::NotUnderstood("no events".into())),
        }
    }

    async fn ask(&mut self, request: Request) -> Result<CallResult, ClientError> {
        self.last_id += 1;
        let wanted = Value::from(self.last_id);
        let line = write_request(&RequestMessage { id: wanted.clone(), request });
        if line.len() > LONGEST_REQUEST {
            return Err(Fault::new(FaultCode::TooLarge, "").into());
        }
        self.lines.send(line).await?;
        loop {
            match self.hear().await? {
                ServerMessage::Response { id, result } if id == wanted => return Ok(result?),
                // It was not even read so far as to know which one it is; there is no other one.
                ServerMessage::Response { id: Value::Null, result: Err(fault) } => return Err(fault.into()),
                ServerMessage::Response { .. }
                | ServerMessage::Snapshot(_)
                | ServerMessage::Event(_)
                | ServerMessage::Missed(_) => {}
            }
        }
    }

    async fn hear(&mut self) -> Result<ServerMessage, ClientError> {
        let line = self.lines.next().await.ok_or(ClientError::Ended)??;
        let line = line.map_err(|bad| ClientError::NotUnderstood(format!("{bad:?}")))?;
        read_message(&line).map_err(ClientError::NotUnderstood)
    }
}

impl SnapshotStream {
    /// The next snapshot; waits until something changes.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the engine has ended.
    pub async fn next(&mut self) -> Result<Snapshot, ClientError> {
        loop {
            match self.0.hear().await? {
                ServerMessage::Snapshot(snapshot) => return Ok(*snapshot),
                ServerMessage::Response { .. } | ServerMessage::Event(_) | ServerMessage::Missed(_) => {}
            }
        }
    }
}

impl EventStream {
    /// The next event; waits until something happens.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the engine has ended.
    pub async fn next(&mut self) -> Result<StreamedEvent, ClientError> {
        loop {
            match self.0.hear().await? {
                ServerMessage::Event(event) => return Ok(StreamedEvent::Event(event)),
                ServerMessage::Missed(events) => return Ok(StreamedEvent::Missed(events)),
                ServerMessage::Response { .. } | ServerMessage::Snapshot(_) => {}
            }
        }
    }
}
