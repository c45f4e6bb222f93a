//! The window's way to the engine, and errands on this machine: on a thread of its own.
//!
//! Drawing sends an [`Order`] and goes on; what comes of it is [`News`], and a call to `wake` where that has to
//! be drawn ([`pace`]); what has not waits for the next frame, as long as it is not much. Where no engine runs,
//! or it ends, that is news once, and one is looked for until there is one again. What takes its time is asked
//! over a connection of its own, so that several run at once, and one that is not wanted any more is ended by
//! closing it. Starts no engine unless it is told to.

mod errands;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use self::errands::Errands;
use super::out::{Brought, Errand, Ticket};
use super::pace::{self, Gaze};
use crate::control::conversation::Heard;
use crate::control::{Client, ClientError, Conversation};
use crate::i18n::machine::MachineError;
use crate::model::{Command, Event, Fault, Reply, Snapshot};
use crate::os::paths::Paths;

/// Between two looks for an engine: the first, and the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Things heard that wait to be passed on.
const WAITING: usize = 256;

/// Things heard that wait for a frame which nothing else asks for: a quarter of a minute under traffic.
const UNHEARD: usize = 64;

/// What is wanted of the door.
#[derive(Debug)]
pub(super) enum Order {
    /// The engine is asked something.
    Call { ticket: Ticket, command: Command },
    /// Something is done on this machine.
    Errand { ticket: Ticket, errand: Errand },
    /// A call's answer is not wanted any more.
    Cancel { ticket: Ticket },
    /// An engine is started.
    StartEngine { ticket: Ticket },
}

/// What is heard through the door.
#[derive(Debug)]
pub(super) enum News {
    /// An engine is there.
    Joined { past: Vec<Event> },
    /// All that is true, and when it was heard.
    Snapshot { snapshot: Box<Snapshot>, at: Instant },
    /// Something happened.
    Event(Event),
    /// The engine's answer.
    Answer { ticket: Ticket, result: Result<Reply, Fault> },
    /// What an errand brought.
    Brought { ticket: Ticket, result: Result<Brought, MachineError> },
    /// There is no engine that speaks with us.
    Lost { fault: Fault },
}

/// The drawing's end of the door; the thread ends when it is dropped.
pub(super) struct Door {
    orders: mpsc::UnboundedSender<Order>,
    news: std_mpsc::Receiver<News>,
    watched: Arc<Watched>,
}

/// What the thread knows of the drawing.
#[derive(Default)]
struct Watched {
    gaze: Mutex<Gaze>,
    /// News since the last frame.
    unheard: AtomicUsize,
}

impl Watched {
    fn gaze(&self) -> Gaze {
        *self.gaze.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Door {
    /// Starts the thread. `home` and `program` are for an engine that is to be started; `wake` has a frame drawn
    /// after that time.
    pub(super) fn open(
        paths: Paths,
        home: Option<PathBuf>,
        program: PathBuf,
        wake: impl Fn(Duration) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        // One worker: what is done here is small, and two would only ask for memory.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (orders, ordered) = mpsc::unbounded_channel();
        let (tell, news) = std_mpsc::channel();
        let watched = Arc::<Watched>::default();
        let teller = Teller { tell, wake: Arc::new(wake), watched: watched.clone() };
        let errands = Errands::new(paths.clone(), home, program);
        let (latest, jobs, apart) = (None, JoinSet::new(), HashMap::new());
        let porter = Porter { paths, ordered, teller, errands, latest, jobs, apart };
        thread::Builder::new().name("door".into()).spawn(move || {
            runtime.block_on(porter.run());
            // A file dialog that is open must not keep the window's process alive.
            runtime.shutdown_background();
        })?;
        Ok(Self { orders, news, watched })
    }

    pub(super) fn order(&self, order: Order) {
        // The thread ends with this door only.
        let _ending = self.orders.send(order);
    }

    /// What is seen of the window from now on.
    pub(super) fn watch(&self, gaze: Gaze) {
        *self.watched.gaze.lock().unwrap_or_else(PoisonError::into_inner) = gaze;
    }

    /// What has been heard since the last time.
    pub(super) fn news(&self) -> impl Iterator<Item = News> + '_ {
        self.watched.unheard.store(0, Ordering::Relaxed);
        self.news.try_iter()
    }
}

#[derive(Clone)]
struct Teller {
    tell: std_mpsc::Sender<News>,
    wake: Arc<dyn Fn(Duration) + Send + Sync>,
    watched: Arc<Watched>,
}

impl Teller {
    fn tell(&self, news: News) {
        self.tell_after(news, None);
    }

    fn tell_after(&self, news: News, before: Option<&Snapshot>) {
        let wait = pace::wait(&news, before, self.watched.gaze());
        let unheard = self.watched.unheard.fetch_add(1, Ordering::Relaxed);
        let wait = wait.or((unheard >= UNHEARD).then_some(Duration::ZERO));
        if let (Ok(()), Some(wait)) = (self.tell.send(news), wait) {
            (self.wake)(wait);
        }
    }
}

/// Who stands at the door.
struct Porter {
    paths: Paths,
    ordered: mpsc::UnboundedReceiver<Order>,
    teller: Teller,
    errands: Errands,
    /// The last snapshot that was passed on.
    latest: Option<Box<Snapshot>>,
    jobs: JoinSet<()>,
    /// Calls over connections of their own.
    apart: HashMap<Ticket, AbortHandle>,
}

/// Why a conversation is over.
enum Over {
    EngineEnded,
    WindowClosed,
}

impl Porter {
    async fn run(mut self) {
        let mut pause = PAUSE;
        let mut told = None;
        loop {
            let (heard, hears) = mpsc::channel(WAITING);
            match join(&self.paths, &heard).await {
                Ok(conversation) => {
                    (pause, told) = (PAUSE, None);
                    if let Over::WindowClosed = self.converse(conversation, hears).await {
                        return;
                    }
                }
                Err(error) => {
                    let fault = error.fault();
                    if told.as_ref() != Some(&fault) {
                        told = Some(fault.clone());
                        self.teller.tell(News::Lost { fault });
                    }
                    if let Over::WindowClosed = self.wait(pause).await {
                        return;
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn converse(&mut self, mut talk: Conversation<Ticket>, mut hears: mpsc::Receiver<Heard<Ticket>>) -> Over {
        self.latest = None;
        self.teller.tell(News::Joined { past: std::mem::take(&mut talk.past) });
        loop {
            tokio::select! {
                order = self.ordered.recv() => match order {
                    None => return Over::WindowClosed,
                    Some(order) => self.obey(order, Some(&talk)),
                },
                heard = hears.recv() => match heard {
                    Some(Heard::Snapshot(snapshot)) => self.pass_on(snapshot),
                    Some(Heard::Event(event)) => self.teller.tell(News::Event(event)),
                    Some(Heard::Answer { purpose: ticket, result }) => self.answer(ticket, result),
                    Some(Heard::Ended) | None => return Over::EngineEnded,
                },
                Some(_done) = self.jobs.join_next() => {}
            }
        }
    }

    fn pass_on(&mut self, snapshot: Box<Snapshot>) {
        let before = self.latest.replace(snapshot.clone());
        self.teller.tell_after(News::Snapshot { snapshot, at: Instant::now() }, before.as_deref());
    }

    /// While there is no engine.
    async fn wait(&mut self, pause: Duration) -> Over {
        let until = sleep(pause);
        tokio::pin!(until);
        loop {
            tokio::select! {
                order = self.ordered.recv() => match order {
                    None => return Over::WindowClosed,
                    Some(order) => self.obey(order, None),
                },
                () = &mut until => return Over::EngineEnded,
                Some(_done) = self.jobs.join_next() => {}
            }
        }
    }

    fn obey(&mut self, order: Order, talk: Option<&Conversation<Ticket>>) {
        match (order, talk) {
            (Order::Call { ticket, command }, Some(_)) if runs_beside(&command) => self.call_apart(ticket, command),
            (Order::Call { ticket, command }, Some(talk)) => {
                if let Err(ticket) = talk.ask(ticket, command) {
                    self.answer(ticket, Err(ClientError::Ended));
                }
            }
            (Order::Call { ticket, .. }, None) => self.answer(ticket, Err(ClientError::NotRunning)),
            (Order::Errand { ticket, errand }, _) => {
                let (errands, teller) = (self.errands.clone(), self.teller.clone());
                self.jobs.spawn(async move {
                    teller.tell(News::Brought { ticket, result: errands.run(errand).await });
                });
            }
            (Order::Cancel { ticket }, _) => {
                if let Some(job) = self.apart.remove(&ticket) {
                    job.abort();
                }
            }
            (Order::StartEngine { ticket }, _) => {
                let result = self.errands.start_engine().map(|()| Brought::Nothing).map_err(MachineError::from);
                self.teller.tell(News::Brought { ticket, result });
            }
        }
    }

    fn call_apart(&mut self, ticket: Ticket, command: Command) {
        let (paths, teller) = (self.paths.clone(), self.teller.clone());
        self.apart.retain(|_, job| !job.is_finished());
        let job = self.jobs.spawn(async move {
            let result = async { Client::connect(&paths).await?.call(command).await }.await;
            teller.tell(News::Answer { ticket, result: result.map_err(|error| error.fault()) });
        });
        self.apart.insert(ticket, job);
    }

    fn answer(&self, ticket: Ticket, result: Result<Reply, ClientError>) {
        self.teller.tell(News::Answer { ticket, result: result.map_err(|error| error.fault()) });
    }
}

async fn join(paths: &Paths, heard: &mpsc::Sender<Heard<Ticket>>) -> Result<Conversation<Ticket>, ClientError> {
    let client = || Client::connect(paths);
    Conversation::begin([client().await?, client().await?, client().await?, client().await?], heard).await
}

/// Whether several of them run at the same time.
fn runs_beside(command: &Command) -> bool {
    matches!(
        command,
        Command::Test { .. }
            | Command::PacUpdate
            | Command::SubscriptionPreview { .. }
            | Command::SubscriptionAdd { .. }
            | Command::SubscriptionUpdate { .. }
            | Command::Diagnose
    )
}
