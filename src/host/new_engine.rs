//! The host of an engine that takes over from another one.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::messages::{DescriptorKind, TakeOverError, TakeOverMessage, receive, receive_within, send, unexpected};
use super::{Host, HostError, HostPorts, member_program};
use crate::control::protocol::{Request, RequestMessage, write_request};
use crate::control::transport;
use crate::engine::{self, LateTraffic, Options, TakeOverState, TakeOverSteps, TakenState};
use crate::model::Fault;
use crate::os::descriptors;
use crate::os::paths::Paths;
use crate::os::single_instance::Instance;
use crate::os::take_over::{Descriptor, TakeOverStream, into_file, into_listener};

/// Time limit for a step of the old engine, which may be waiting for the desktop's programs.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Time limit for its first report.
const FIRST_REPORT_LIMIT: Duration = Duration::from_secs(1);

/// Everything that the old engine has handed over.
struct Taken {
    state: TakeOverState,
    lock: Descriptor,
    control: Descriptor,
    ports: Vec<Descriptor>,
    watcher: Option<Descriptor>,
}

impl Taken {
    fn of(state: TakeOverState, kinds: &[DescriptorKind], descriptors: Vec<Descriptor>) -> Result<Self, TakeOverError> {
        let (mut lock, mut control, mut ports, mut watcher) = (None, None, Vec::new(), None);
        if kinds.len() != descriptors.len() {
            return Err(unexpected("descriptors are missing"));
        }
        for (kind, descriptor) in kinds.iter().zip(descriptors) {
            match kind {
                DescriptorKind::Lock => lock = Some(descriptor),
                DescriptorKind::Control => control = Some(descriptor),
                DescriptorKind::Port => ports.push(descriptor),
                DescriptorKind::Watcher => watcher = Some(descriptor),
            }
        }
        let (lock, control) = lock.zip(control).ok_or_else(|| unexpected("descriptors are missing"))?;
        Ok(Self { state, lock, control, ports, watcher })
    }
}

impl Host {
    /// Starts an engine in place of the one that is running with the files at `paths`. The old one continues until this
    /// one serves, and after any error.
    ///
    /// # Errors
    /// The running engine cannot be taken over, or this one cannot be started.
    pub async fn take_over(paths: &Paths, ports: HostPorts) -> Result<Self, HostError> {
        descriptors::raise_limit();
        let mut stream = TakeOverStream::connect(&paths.socket()).await.map_err(TakeOverError::from)?;
        let request = write_request(&RequestMessage { id: 1.into(), request: Request::TakeOver });
        stream.send(request.as_bytes(), &[]).await.map_err(TakeOverError::from)?;
        let offer = match receive_within(&mut stream, ANSWER_LIMIT).await? {
            (TakeOverMessage::Offer(offer), _) => offer,
            (other, _) => return Err(unexpected(&format!("{other:?}")).into()),
        };
        tracing::info!(version = offer.version, "taking over from the running engine");
        let watchdog = offer.watchdog;
        let HostPorts { listen, inherited } = ports;
        let program = member_program().map_err(HostError::ControlSocket)?;
        let options = Options { listen: listen.or(offer.listen()), inherited, program };
        let (handle, running, steps) =
            engine::start_after(offer, paths.clone(), options).map_err(HostError::NotTakenOver)?;
        let TakeOverSteps { warm, state, live, done, late } = steps;
        of_engine(warm.await)?;
        send(&mut stream, &TakeOverMessage::Commit, &[]).await?;
        let Taken { state: counters, lock, control, ports, watcher } = receive_state(&mut stream).await?;
        let ports = ports.into_iter().map(into_listener).collect::<Result<_, _>>().map_err(TakeOverError::from)?;
        let _engine_ended = state.send(TakenState { state: counters, ports, watcher });
        of_engine(live.await)?;
        let listener = transport::take_over(paths, control).map_err(HostError::ControlSocket)?;
        send(&mut stream, &TakeOverMessage::Done, &[]).await?;
        let instance = Instance::take_over(&paths.lock(), into_file(lock)).map_err(HostError::Lock)?;
        let _engine_ended = done.send(());
        let mut host = Self::of(handle, running, listener, instance, watchdog);
        let (first, is_first) = oneshot::channel();
        let reports = host.shutdown.clone().run_until_cancelled_owned(forward(stream, late, first));
        host.take_overs.spawn(reports.map(drop));
        // Only then does the service manager accept messages of this process. An older engine reports traffic alone.
        let _in_time = tokio::time::timeout(FIRST_REPORT_LIMIT, is_first).await;
        Ok(host)
    }
}

/// The result of a step of this engine.
fn of_engine<E>(step: Result<Result<(), Fault>, E>) -> Result<(), HostError> {
    step.map_err(|_| TakeOverError::Ended)?.map_err(HostError::NotTakenOver)
}

async fn receive_state(stream: &mut TakeOverStream) -> Result<Taken, TakeOverError> {
    match receive_within(stream, ANSWER_LIMIT).await? {
        (TakeOverMessage::State(state, kinds), descriptors) => Taken::of(*state, &kinds, descriptors),
        (other, _) => Err(unexpected(&format!("{other:?}"))),
    }
}

/// Forwards the traffic of the old engine's connections, until it has ended. `first` is dropped after the first report.
async fn forward(mut stream: TakeOverStream, late: mpsc::Sender<LateTraffic>, first: oneshot::Sender<()>) {
    let mut first = Some(first);
    loop {
        let received = receive(&mut stream).await;
        drop(first.take());
        match received {
            Ok((TakeOverMessage::Late(traffic), _)) => {
                if late.send(traffic).await.is_err() {
                    return;
                }
            }
            Ok((other, _)) => tracing::debug!(?other, "unexpected message"),
            Err(error) => {
                tracing::info!(%error, "the old engine has finished its connections");
                return;
            }
        }
    }
}
