//! One end of the pair: receives in a task, sends from anywhere without waiting.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::io::Interest;
use tokio::net::UnixDatagram;
use tokio::sync::Notify;

use super::message::{HandoverMessage, LENGTH};
use crate::os::descriptor_messages::{receive, send};

/// One end.
pub(super) struct MessageSocket {
    // Of another type than datagrams, which matters to nobody here: only its readiness is asked.
    socket: UnixDatagram,
    /// What the system would not take yet: at most a few messages for each connection that was handed over.
    waiting: Mutex<VecDeque<HandoverMessage>>,
    has_waiting: Notify,
}

impl MessageSocket {
    /// To be called in a runtime.
    pub(super) fn new(socket: OwnedFd) -> io::Result<Self> {
        let socket = UnixDatagram::from_std(socket.into())?;
        Ok(Self { socket, waiting: Mutex::default(), has_waiting: Notify::new() })
    }

    /// Sends a message now or, in its order, as soon as the system takes it.
    pub(super) fn send(&self, message: HandoverMessage) {
        let mut waiting = self.waiting();
        let sent = if waiting.is_empty() { send(&self.socket, &message.encode(), None) } else { Err(would_block()) };
        match sent {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                waiting.push_back(message);
                self.has_waiting.notify_one();
            }
            // The other side is gone, which ends the task as well.
            Err(error) => tracing::debug!(%error, "a message was not sent"),
        }
    }

    /// Sends a message with a descriptor, now or not at all.
    pub(super) fn send_now(&self, message: HandoverMessage, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        let waiting = self.waiting();
        if waiting.is_empty() { send(&self.socket, &message.encode(), Some(descriptor)) } else { Err(would_block()) }
    }

    /// The next message, if it is there already.
    pub(super) fn receive_now(&self) -> io::Result<(Option<HandoverMessage>, Option<OwnedFd>)> {
        let mut buffer = [0; LENGTH];
        match receive(&self.socket, &mut buffer)? {
            (0, _) => Err(ErrorKind::UnexpectedEof.into()),
            (length, descriptor) => Ok((HandoverMessage::decode(&buffer[..length]), descriptor)),
        }
    }

    /// Handles what comes, until the other side is gone.
    pub(super) async fn run(&self, mut handle: impl FnMut(HandoverMessage, Option<OwnedFd>)) {
        let receiving = async {
            loop {
                self.socket.readable().await?;
                match self.socket.try_io(Interest::READABLE, || self.receive_now()) {
                    Ok((Some(message), descriptor)) => handle(message, descriptor),
                    Ok((None, _)) => tracing::debug!("an unknown message"),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return io::Result::<()>::Err(error),
                }
            }
        };
        let ended = tokio::select! {
            ended = receiving => ended,
            ended = self.send_waiting() => ended,
        };
        tracing::debug!(?ended, "no more connections are handed over here");
    }

    async fn send_waiting(&self) -> io::Result<()> {
        loop {
            if self.waiting().is_empty() {
                self.has_waiting.notified().await;
                continue;
            }
            self.socket.writable().await?;
            // Sent under the lock, so that a later message cannot overtake.
            let mut waiting = self.waiting();
            let Some(message) = waiting.front() else { continue };
            match self.socket.try_io(Interest::WRITABLE, || send(&self.socket, &message.encode(), None)) {
                Ok(()) => drop(waiting.pop_front()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<HandoverMessage>> {
        // Nothing panics while the lock is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn would_block() -> io::Error {
    ErrorKind::WouldBlock.into()
}
