//! The window's connection to the engine, and tasks on this machine: on a thread of its own.
//!
//! Drawing sends a [`BackendRequest`] and goes on; what comes of it is a [`BackendMessage`], and a call to
//! `wake` where that has to be drawn ([`redraw`]); what has not waits for the next frame, as long as it is not
//! much. Where no engine runs, or it ends, that is said once, and connecting is tried until it succeeds. Starts
//! no engine unless it is told to.

mod local;
pub(super) mod redraw;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::local::LocalTasks;
use self::redraw::Visibility;
use super::effects::{LocalOutput, LocalTask, RequestTag, Ticket};
use crate::control::session::SessionMessage;
use crate::control::{ClientError, Endpoint, EngineSession};
use crate::i18n::machine::MachineError;
use crate::model::{Command, Event, Fault, Reply, Snapshot};
use crate::os::paths::Paths;

/// Between two attempts to connect: the first pause, and the longest.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Messages of the session that wait to be forwarded.
const QUEUED_MESSAGES: usize = 256;

/// Messages that may wait for a frame which nothing else asks for: a quarter of a minute under traffic.
const UNDRAWN_MESSAGES: usize = 64;

/// What is wanted of the backend.
#[derive(Debug)]
pub(super) enum BackendRequest {
    /// A call to the engine.
    Call(RequestTag, Command),
    /// A task on this machine.
    RunLocal(RequestTag, LocalTask),
    /// The reply to a slow call is not wanted any more.
    Cancel(Ticket),
    /// An engine is started.
    StartEngine(RequestTag),
}

/// What the backend sends.
#[derive(Debug)]
pub(super) enum BackendMessage {
    /// An engine is there; these are its events so far.
    Connected { past: Vec<Event> },
    /// The current snapshot, and when it arrived.
    Snapshot { snapshot: Arc<Snapshot>, at: Instant },
    /// Something happened.
    Event(Event),
    /// The engine's reply.
    Reply { tag: RequestTag, result: Result<Reply, Fault> },
    /// What a local task brought.
    Local { tag: RequestTag, result: Result<LocalOutput, MachineError> },
    /// No engine can be reached.
    Disconnected { fault: Fault },
}

/// The drawing's end; the thread ends when it is dropped.
pub(super) struct BackendHandle {
    requests: mpsc::UnboundedSender<BackendRequest>,
    messages: std_mpsc::Receiver<BackendMessage>,
    ui: Arc<UiStatus>,
}

/// What the thread knows of the drawing.
#[derive(Default)]
struct UiStatus {
    visibility: Mutex<Visibility>,
    /// Messages since the last frame.
    undrawn: AtomicUsize,
}

impl UiStatus {
    fn visibility(&self) -> Visibility {
        *self.visibility.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BackendHandle {
    /// Starts the thread. `home` and `program` are for an engine that is to be started; `wake` has a frame drawn
    /// after that time.
    pub(super) fn start(
        paths: Paths,
        home: Option<PathBuf>,
        program: PathBuf,
        wake: impl Fn(Duration) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        // One worker: what is done here is small, and two would only ask for memory.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (requests, queue) = mpsc::unbounded_channel();
        let (sender, messages) = std_mpsc::channel();
        let ui = Arc::<UiStatus>::default();
        let sender = MessageSender { sender, wake: Arc::new(wake), ui: ui.clone() };
        let local = LocalTasks::new(paths.clone(), home, program);
        let backend = Backend { paths, requests: queue, sender, local, latest: None, tasks: JoinSet::new() };
        thread::Builder::new().name("backend".into()).spawn(move || {
            runtime.block_on(backend.run());
            // A file dialog that is open must not keep the window's process alive.
            runtime.shutdown_background();
        })?;
        Ok(Self { requests, messages, ui })
    }

    pub(super) fn send(&self, request: BackendRequest) {
        // The thread ends with this handle only.
        let _ending = self.requests.send(request);
    }

    /// How much of the window can be seen from now on.
    pub(super) fn set_visibility(&self, visibility: Visibility) {
        *self.ui.visibility.lock().unwrap_or_else(PoisonError::into_inner) = visibility;
    }

    /// What has arrived since the last time.
    pub(super) fn messages(&self) -> impl Iterator<Item = BackendMessage> + '_ {
        self.ui.undrawn.store(0, Ordering::Relaxed);
        self.messages.try_iter()
    }
}

/// Sends messages to the drawing and wakes it where it has to draw them.
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

    /// `before` is the snapshot before a new one.
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

/// The thread's state.
struct Backend {
    paths: Paths,
    requests: mpsc::UnboundedReceiver<BackendRequest>,
    sender: MessageSender,
    local: LocalTasks,
    /// The last snapshot that was forwarded.
    latest: Option<Arc<Snapshot>>,
    tasks: JoinSet<()>,
}

/// Why a session, or the wait for one, ended.
enum SessionEnd {
    EngineEnded,
    WindowClosed,
}

impl Backend {
    async fn run(mut self) {
        let mut pause = RETRY_PAUSE;
        let mut told = None;
        loop {
            let (sender, messages) = mpsc::channel(QUEUED_MESSAGES);
            match Session::begin(Endpoint::Socket(self.paths.clone()), sender).await {
                Ok(session) => {
                    (pause, told) = (RETRY_PAUSE, None);
                    if let SessionEnd::WindowClosed = self.attend(session, messages).await {
                        return;
                    }
                }
                Err(error) => {
                    let fault = error.fault();
                    if told.as_ref() != Some(&fault) {
                        told = Some(fault.clone());
                        self.sender.send(BackendMessage::Disconnected { fault });
                    }
                    if let SessionEnd::WindowClosed = self.wait(pause).await {
                        return;
                    }
                    pause = (pause * 2).min(LONGEST_RETRY_PAUSE);
                }
            }
        }
    }

    async fn attend(
        &mut self,
        mut session: Session,
        mut messages: mpsc::Receiver<SessionMessage<RequestTag>>,
    ) -> SessionEnd {
        self.latest = None;
        self.sender.send(BackendMessage::Connected { past: std::mem::take(&mut session.past) });
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

    /// While there is no engine.
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
            (BackendRequest::StartEngine(tag), _) => {
                let result = self.local.start_engine().map(|()| LocalOutput::Nothing).map_err(MachineError::from);
                self.sender.send(BackendMessage::Local { tag, result });
            }
        }
    }

    fn reply(&self, tag: RequestTag, result: Result<Reply, ClientError>) {
        self.sender.send(BackendMessage::Reply { tag, result: result.map_err(|error| error.fault()) });
    }
}
