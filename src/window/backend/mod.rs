//! The backend: the window's connection to the engine, and local tasks, on a thread of its own.
//!
//! The drawing thread sends a [`BackendRequest`] and does not wait. Results arrive as [`BackendMessage`]s, with a call
//! to `wake` if they have to be drawn ([`redraw`]); others wait for the next frame, up to [`UNDRAWN_MESSAGES`]. When no
//! engine can be reached, one message says so, and the backend tries again until it succeeds. It starts no engine
//! unless requested.

mod clients;
mod local;
pub(super) mod redraw;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use self::local::LocalTasks;
use self::redraw::Visibility;
use super::effects::{LocalOutput, LocalTask, RequestTag, Ticket};
use crate::control::session::SessionMessage;
use crate::control::{ClientError, Endpoint, EngineSession};
use crate::i18n::machine::MachineError;
use crate::model::connection::ConnectionChanges;
use crate::model::{Command, Event, Fault, Reply, Snapshot};
use crate::os::folders::UserFolders;
use crate::os::paths::Paths;

/// Shortest and longest pause between two attempts to connect.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Most messages of the session that wait to be forwarded.
const QUEUED_MESSAGES: usize = 256;

/// Most messages that wait for a frame which nothing else requests: a quarter of a minute under traffic.
const UNDRAWN_MESSAGES: usize = 64;

/// A request to the backend.
#[derive(Debug)]
pub(super) enum BackendRequest {
    /// Send a command to the engine.
    Call(RequestTag, Command),
    /// Run a local task.
    RunLocal(RequestTag, LocalTask),
    /// Cancel a slow call.
    Cancel(Ticket),
    /// Start an engine.
    StartEngine(RequestTag),
    /// Follow the connections of clients.
    FollowConnections,
    /// Stop following the connections.
    UnfollowConnections,
}

/// A message from the backend.
#[derive(Debug)]
pub(super) enum BackendMessage {
    /// Connected to an engine; `past` are its events so far.
    Connected { past: Vec<Event> },
    /// The latest snapshot, and when it arrived.
    Snapshot { snapshot: Arc<Snapshot>, at: Instant },
    /// An event.
    Event(Event),
    /// The connections of clients have changed.
    Connections(ConnectionChanges),
    /// The engine's reply to a call.
    Reply { tag: RequestTag, result: Result<Reply, Fault> },
    /// The result of a local task.
    Local { tag: RequestTag, result: Result<LocalOutput, MachineError> },
    /// No engine can be reached.
    Disconnected { fault: Fault },
}

/// The drawing thread's handle; dropping it ends the backend thread.
pub(super) struct BackendHandle {
    requests: mpsc::UnboundedSender<BackendRequest>,
    messages: std_mpsc::Receiver<BackendMessage>,
    ui: Arc<UiStatus>,
}

/// What the backend knows about the drawing thread.
#[derive(Default)]
struct UiStatus {
    visibility: Mutex<Visibility>,
    /// Number of messages since the last frame.
    undrawn: AtomicUsize,
}

impl UiStatus {
    fn visibility(&self) -> Visibility {
        *self.visibility.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackendHandle {
    /// Starts the thread. `home` and `program` are used to start an engine, `user` to find the files of other clients;
    /// `wake` requests a frame after a delay.
    pub(super) fn start(
        paths: Paths,
        home: Option<PathBuf>,
        program: PathBuf,
        user: UserFolders,
        wake: impl Fn(Duration) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        // One worker thread: the tasks are small, and a second thread would only cost memory.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (requests, queue) = mpsc::unbounded_channel();
        let (sender, messages) = std_mpsc::channel();
        let ui = Arc::<UiStatus>::default();
        let sender = MessageSender { sender, wake: Arc::new(wake), ui: ui.clone() };
        let local = LocalTasks::new(paths.clone(), home, program, user);
        let backend = Backend {
            paths,
            requests: queue,
            sender,
            local,
            latest: None,
            tasks: JoinSet::new(),
            connections: Following::No,
        };
        thread::Builder::new().name("backend".into()).spawn(move || {
            runtime.block_on(backend.run());
            // An open file dialog must not keep the process alive.
            runtime.shutdown_background();
        })?;
        Ok(Self { requests, messages, ui })
    }

    pub(super) fn send(&self, request: BackendRequest) {
        // The thread ends only with this handle.
        let _ending = self.requests.send(request);
    }

    /// Reports what is visible of the window.
    pub(super) fn set_visibility(&self, visibility: Visibility) {
        *self.ui.visibility.lock().unwrap_or_else(PoisonError::into_inner) = visibility;
    }

    /// The messages that have arrived since the last call.
    pub(super) fn messages(&self) -> impl Iterator<Item = BackendMessage> + '_ {
        self.ui.undrawn.store(0, Ordering::Relaxed);
        self.messages.try_iter()
    }
}

/// Sends messages to the drawing thread and wakes it if they have to be drawn.
#[derive(Clone)]
struct MessageSender {
    sender: std_mpsc::Sender<BackendMessage>,
    wake: Arc<dyn Fn(Duration) + Send + Sync>,
    ui: Arc<UiStatus>,
}

impl MessageSender {
    fn send(&self, message: BackendMessage) {
        self.send_after(message, None);
    }

    /// `before` is the previous snapshot, if the message is a snapshot.
    fn send_after(&self, message: BackendMessage, before: Option<&Snapshot>) {
        let delay = redraw::delay(&message, before, self.ui.visibility());
        let undrawn = self.ui.undrawn.fetch_add(1, Ordering::Relaxed);
        let delay = delay.or((undrawn >= UNDRAWN_MESSAGES).then_some(Duration::ZERO));
        if let (Ok(()), Some(delay)) = (self.sender.send(message), delay) {
            (self.wake)(delay);
        }
    }
}

type Session = EngineSession<RequestTag>;

/// The state of the backend thread.
struct Backend {
    paths: Paths,
    requests: mpsc::UnboundedReceiver<BackendRequest>,
    sender: MessageSender,
    local: LocalTasks,
    /// The last snapshot that was forwarded.
    latest: Option<Arc<Snapshot>>,
    tasks: JoinSet<()>,
    connections: Following,
}

/// Whether the connections of clients are followed.
#[derive(Default)]
enum Following {
    #[default]
    No,
    /// Requested, but not started yet.
    Wanted,
    /// By a running task.
    Running(AbortHandle),
}

/// Why a session, or the wait for one, ended.
enum SessionEnd {
    EngineEnded,
    WindowClosed,
}

impl Backend {
    async fn run(mut self) {
        let mut pause = RETRY_PAUSE;
        let mut reported = None;
        loop {
            let (sender, messages) = mpsc::channel(QUEUED_MESSAGES);
            match Session::begin(Endpoint::Socket(self.paths.clone()), sender).await {
                Ok(session) => {
                    (pause, reported) = (RETRY_PAUSE, None);
                    if let SessionEnd::WindowClosed = self.run_session(session, messages).await {
                        return;
                    }
                }
                Err(error) => {
                    let fault = error.fault();
                    if reported.as_ref() != Some(&fault) {
                        reported = Some(fault.clone());
                        self.sender.send(BackendMessage::Disconnected { fault });
                    }
                    if let SessionEnd::WindowClosed = self.wait(pause).await {
                        return;
                    }
                    pause = (pause * 2).min(MAX_RETRY_PAUSE);
                }
            }
        }
    }

    async fn run_session(
        &mut self,
        mut session: Session,
        mut messages: mpsc::Receiver<SessionMessage<RequestTag>>,
    ) -> SessionEnd {
        self.latest = None;
        self.sender.send(BackendMessage::Connected { past: std::mem::take(&mut session.past) });
        if !matches!(self.connections, Following::No) {
            self.follow_connections();
        }
        loop {
            tokio::select! {
                request = self.requests.recv() => match request {
                    None => return SessionEnd::WindowClosed,
                    Some(request) => self.perform(request, Some(&mut session)),
                },
                message = messages.recv() => match message {
                    Some(SessionMessage::Snapshot(snapshot)) => self.forward_snapshot(snapshot),
                    Some(SessionMessage::Event(event)) => self.sender.send(BackendMessage::Event(event)),
                    Some(SessionMessage::Reply { purpose: tag, result }) => self.reply(tag, result),
                    Some(SessionMessage::Ended) | None => return SessionEnd::EngineEnded,
                },
                Some(_done) = self.tasks.join_next() => {}
            }
        }
    }

    fn forward_snapshot(&mut self, snapshot: Arc<Snapshot>) {
        let before = self.latest.replace(snapshot.clone());
        self.sender.send_after(BackendMessage::Snapshot { snapshot, at: Instant::now() }, before.as_deref());
    }

    /// Waits for the next attempt to connect, and handles requests meanwhile.
    async fn wait(&mut self, pause: Duration) -> SessionEnd {
        let until = sleep(pause);
        tokio::pin!(until);
        loop {
            tokio::select! {
                request = self.requests.recv() => match request {
                    None => return SessionEnd::WindowClosed,
                    Some(request) => self.perform(request, None),
                },
                () = &mut until => return SessionEnd::EngineEnded,
                Some(_done) = self.tasks.join_next() => {}
            }
        }
    }

    fn perform(&mut self, request: BackendRequest, session: Option<&mut Session>) {
        match (request, session) {
            (BackendRequest::Call(tag, command), Some(session)) => {
                if let Err(tag) = session.call(tag, command) {
                    self.reply(tag, Err(ClientError::Ended));
                }
            }
            (BackendRequest::Call(tag, _), None) => self.reply(tag, Err(ClientError::NotRunning)),
            (BackendRequest::RunLocal(tag, task), _) => {
                let (local, sender) = (self.local.clone(), self.sender.clone());
                self.tasks.spawn(async move {
                    sender.send(BackendMessage::Local { tag, result: local.run(task).await });
                });
            }
            (BackendRequest::Cancel(ticket), Some(session)) => session.cancel(|tag| tag.ticket == ticket),
            (BackendRequest::Cancel(_), None) => {}
            (BackendRequest::FollowConnections, Some(_)) => self.follow_connections(),
            (BackendRequest::FollowConnections, None) => self.connections = Following::Wanted,
            (BackendRequest::UnfollowConnections, _) => self.unfollow_connections(),
            (BackendRequest::StartEngine(tag), _) => {
                let result = self.local.start_engine().map(|()| LocalOutput::Nothing).map_err(MachineError::from);
                self.sender.send(BackendMessage::Local { tag, result });
            }
        }
    }

    /// Starts to follow the connections of clients, over a control connection of its own.
    fn follow_connections(&mut self) {
        self.unfollow_connections();
        let (endpoint, sender) = (Endpoint::Socket(self.paths.clone()), self.sender.clone());
        let task = self.tasks.spawn(async move {
            // If it fails, the session has ended too, and the next one follows again.
            if let Err(error) = forward_connections(&endpoint, &sender).await {
                tracing::debug!(%error, "cannot follow connections");
            }
        });
        self.connections = Following::Running(task);
    }

    fn unfollow_connections(&mut self) {
        if let Following::Running(task) = std::mem::take(&mut self.connections) {
            task.abort();
        }
    }

    fn reply(&self, tag: RequestTag, result: Result<Reply, ClientError>) {
        self.sender.send(BackendMessage::Reply { tag, result: result.map_err(|error| error.fault()) });
    }
}

async fn forward_connections(endpoint: &Endpoint, sender: &MessageSender) -> Result<(), ClientError> {
    let mut connections = endpoint.connect().await?.connections().await?;
    loop {
        let changes = connections.next().await?;
        // Without a change no frame is needed.
        if changes != ConnectionChanges::default() {
            sender.send(BackendMessage::Connections(changes));
        }
    }
}
