//! The client of the control socket: typed calls, snapshots and events.
//!
//! A connection is used for one thing: calls one after another, a stream of snapshots, or a stream of events. A program
//! that needs two opens two; connections are cheap, and no call waits for another one.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_util::codec::Framed;

use super::lines::LineCodec;
use super::protocol::{
    CallResult, MAX_REQUEST, MAX_RESPONSE, Request, RequestMessage, ServerMessage, VERSION, read_message, write_request,
};
use super::transport::{self, Transport};
use crate::model::connection::ConnectionChanges;
use crate::model::{Command, Event, Fault, FaultCode, Reply, Snapshot, display_as_fault};
use crate::os::paths::{Paths, PathsError};
use crate::os::system_error;

/// Time limit for the connection, and for the reply to `hello`: the engine does both immediately.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Why a call failed.
#[derive(Debug)]
pub enum ClientError {
    /// No engine is running with these files.
    NotRunning,
    /// The engine returned this fault.
    Fault(Fault),
    /// The engine is running and does not respond in time.
    NoAnswer,
    /// The engine exited, or dropped this client because it did not read.
    Ended,
    /// The control socket is not safe to use.
    Paths(PathsError),
    /// The connection failed.
    Broken(io::Error),
    /// The response is invalid; the text describes the error.
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
    /// The error in the form that user interfaces display.
    pub fn fault(&self) -> Fault {
        self.into()
    }
}

impl From<&ClientError> for Fault {
    fn from(error: &ClientError) -> Self {
        match error {
            ClientError::NotRunning => Self::new(FaultCode::NotRunning, ""),
            ClientError::Fault(fault) => fault.clone(),
            ClientError::NoAnswer => Self::new(FaultCode::NoAnswer, ""),
            ClientError::Ended => Self::new(FaultCode::Ended, ""),
            ClientError::Paths(error) => error.into(),
            ClientError::Broken(error) => Self::of(FaultCode::Broken, system_error::of(error)),
            ClientError::NotUnderstood(what) => {
                tracing::debug!(what, "unexpected response from the engine");
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

/// The stream of snapshots: always the latest, older ones are skipped.
pub struct SnapshotStream(Client);

/// The stream of events.
pub struct EventStream(Client);

/// The stream of changes of clients' connections.
pub struct ConnectionStream(Client);

/// An item of an [`EventStream`].
#[derive(Clone, Debug, PartialEq)]
pub enum StreamedEvent {
    /// An event.
    Event(Event),
    /// This many events were dropped because the client did not read them in time.
    Missed(u64),
}

impl Client {
    /// Connects to the engine that is running with these files.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`] if there is none, [`ClientError::NoAnswer`] if it does not accept the connection in
    /// time; otherwise as [`Client::over`].
    pub async fn connect(paths: &Paths) -> Result<Self, ClientError> {
        paths.check_runtime()?;
        let stream = transport::connect(paths, CONNECT_LIMIT).await.map_err(not_connected)?;
        Self::over(stream).await
    }

    /// Opens a session over a stream that is connected to a server.
    ///
    /// # Errors
    /// A fault if the engine has another version; [`ClientError::NoAnswer`] if `hello` is not answered in time; an
    /// error if the connection fails.
    pub async fn over(stream: impl Transport) -> Result<Self, ClientError> {
        let wire: Box<dyn Transport> = Box::new(stream);
        let mut client = Self { lines: Framed::new(wire, LineCodec::up_to(MAX_RESPONSE)), last_id: 0 };
        let hello = client.request(Request::Hello { version: VERSION.into() });
        let answer = tokio::time::timeout(CONNECT_LIMIT, hello).await;
        match answer.map_err(|_| ClientError::NoAnswer)?? {
            CallResult::Hello { .. } => Ok(client),
            CallResult::Reply(_) => Err(ClientError::NotUnderstood("expected the response to hello".into())),
        }
    }

    /// Sends a command and waits for its reply, without a time limit.
    ///
    /// # Errors
    /// The engine's fault, or a connection that ended.
    pub async fn call(&mut self, command: Command) -> Result<Reply, ClientError> {
        match self.request(Request::Command(command)).await? {
            CallResult::Reply(reply) => Ok(reply),
            CallResult::Hello { .. } => Err(ClientError::NotUnderstood("unexpected response to hello".into())),
        }
    }

    /// Subscribes to snapshots: the current one at once, then newer ones.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn watch(mut self) -> Result<SnapshotStream, ClientError> {
        self.request(Request::Watch).await?;
        Ok(SnapshotStream(self))
    }

    /// Subscribes to events: the past ones, oldest first, and the stream of new ones.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn events(mut self) -> Result<(Vec<Event>, EventStream), ClientError> {
        match self.request(Request::Follow).await? {
            CallResult::Reply(Reply::Events(past)) => Ok((past, EventStream(self))),
            CallResult::Reply(_) | CallResult::Hello { .. } => {
                Err(ClientError::NotUnderstood("expected events".into()))
            }
        }
    }

    /// Subscribes to the connections of clients: all of them at once, then the changes.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn connections(mut self) -> Result<ConnectionStream, ClientError> {
        self.request(Request::Connections).await?;
        Ok(ConnectionStream(self))
    }

    async fn request(&mut self, request: Request) -> Result<CallResult, ClientError> {
        self.last_id += 1;
        let id_sent = Value::from(self.last_id);
        let line = write_request(&RequestMessage { id: id_sent.clone(), request });
        if line.len() > MAX_REQUEST {
            return Err(Fault::new(FaultCode::TooLarge, "").into());
        }
        self.lines.send(line).await?;
        loop {
            match self.receive().await? {
                ServerMessage::Response { id, result } if id == id_sent => return Ok(result?),
                // The server could not read the id of a request; only one is in progress, so it is this one.
                ServerMessage::Response { id: Value::Null, result: Err(fault) } => return Err(fault.into()),
                ServerMessage::Response { .. }
                | ServerMessage::Snapshot(_)
                | ServerMessage::Event(_)
                | ServerMessage::Connections(_)
                | ServerMessage::Missed(_) => {}
            }
        }
    }

    async fn receive(&mut self) -> Result<ServerMessage, ClientError> {
        let line = self.lines.next().await.ok_or(ClientError::Ended)??;
        let line = line.map_err(|bad| ClientError::NotUnderstood(format!("{bad:?}")))?;
        read_message(&line).map_err(ClientError::NotUnderstood)
    }
}

fn not_connected(error: io::Error) -> ClientError {
    let nobody = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
    if nobody {
        ClientError::NotRunning
    } else if error.kind() == io::ErrorKind::TimedOut {
        ClientError::NoAnswer
    } else {
        ClientError::Broken(error)
    }
}

impl SnapshotStream {
    /// The next snapshot; waits until there is a new one.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the engine has ended.
    pub async fn next(&mut self) -> Result<Snapshot, ClientError> {
        loop {
            match self.0.receive().await? {
                ServerMessage::Snapshot(snapshot) => return Ok(*snapshot),
                ServerMessage::Response { .. }
                | ServerMessage::Event(_)
                | ServerMessage::Connections(_)
                | ServerMessage::Missed(_) => {}
            }
        }
    }
}

impl ConnectionStream {
    /// The next changes; the first time all rows.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the engine has ended.
    pub async fn next(&mut self) -> Result<ConnectionChanges, ClientError> {
        loop {
            match self.0.receive().await? {
                ServerMessage::Connections(changes) => return Ok(changes),
                ServerMessage::Response { .. }
                | ServerMessage::Snapshot(_)
                | ServerMessage::Event(_)
                | ServerMessage::Missed(_) => {}
            }
        }
    }
}

impl EventStream {
    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the engine has ended.
    pub async fn next(&mut self) -> Result<StreamedEvent, ClientError> {
        loop {
            match self.0.receive().await? {
                ServerMessage::Event(event) => return Ok(StreamedEvent::Event(event)),
                ServerMessage::Missed(events) => return Ok(StreamedEvent::Missed(events)),
                ServerMessage::Response { .. } | ServerMessage::Snapshot(_) | ServerMessage::Connections(_) => {}
            }
        }
    }
}
