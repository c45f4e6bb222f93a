//! Gives a connection to its member, once it has been used enough for that to pay off: it has moved many bytes, or is
//! kept open for one request after another.
//!
//! The protocol is in [`crate::handover`]. Before the member has taken the connection everything can still go on here,
//! and does where the member has no channel, refuses, or the system is out of descriptors.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::net::TcpStream;

use super::direction::{CopyDirection, end_writes};
use crate::gateway::connections::Registered;
use crate::handover::switch::{GatewayAction, GatewaySwitch, OfferAnswer};
use crate::handover::{HandedConnection, HandedEnd, HandoverChannel, HandoverProgress, channel_to};

/// Bytes in both directions after which a connection is handed over. That takes about a dozen system calls, which 128
/// KiB less through the loopback connection pay for. In tests the first response byte is enough.
const HAND_OVER_AFTER: u64 = if cfg!(test) { 1 } else { 128 * 1024 };

/// Requests that follow a response after which a connection is handed over, however short they are: each takes two
/// turns and four system calls here.
const MAX_EXCHANGES: u8 = 8;

/// The sockets of a connection that is relayed here.
pub(super) struct RelaySockets {
    pub(super) client: TcpStream,
    pub(super) upstream: TcpStream,
}

/// Whether a connection is to be handed over, and how far that has come.
pub(super) enum Handover {
    /// It has not been used enough.
    Pending(ExchangeCount),
    /// It stays here.
    Unavailable,
    /// It is offered as soon as everything is written that was read from the client.
    Wanted(Arc<HandoverChannel>),
    /// It was offered; when the member has it, its end is waited for.
    Offered(HandedConnection, GatewaySwitch),
}

/// Counts the times that both sides have sent something.
#[derive(Debug, Default)]
pub(super) struct ExchangeCount {
    count: u8,
    /// Bytes up and down at the last one, which are few: a connection with many is handed over.
    counted: [u32; 2],
}

impl ExchangeCount {
    /// So many bytes have moved up and down.
    fn update(&mut self, up: u64, down: u64) {
        let moved = [up, down].map(|bytes| u32::try_from(bytes).unwrap_or(u32::MAX));
        if moved[0] > self.counted[0] && moved[1] > self.counted[1] {
            self.count = self.count.saturating_add(1);
            self.counted = moved;
        }
    }
}

/// What the relay does next.
pub(super) enum HandoverStep {
    /// It waits.
    Wait,
    /// It polls both directions again.
    Again,
    /// It closes its sockets: the member has the connection.
    LetGo,
    /// It is over.
    Ended(HandedEnd),
}

impl Handover {
    /// Goes on with the hand-over, after both directions were polled.
    pub(super) fn step(
        &mut self,
        cx: &Context<'_>,
        sockets: &RelaySockets,
        [up, down]: [&mut CopyDirection; 2],
        registered: &Registered,
    ) -> io::Result<HandoverStep> {
        match self {
            Self::Unavailable => Ok(HandoverStep::Wait),
            Self::Pending(exchanges) => {
                exchanges.update(up.moved(), down.moved());
                let is_long = up.moved() + down.moved() >= HAND_OVER_AFTER;
                // Before the first response byte another member may take over, and a member may still fail.
                let pays_off = down.moved() > 0 && (is_long || exchanges.count >= MAX_EXCHANGES);
                Ok(if pays_off { self.want(up, registered) } else { HandoverStep::Wait })
            }
            Self::Wanted(_) if !up.is_open() || !down.is_open() => self.give_up(up),
            Self::Wanted(_) if !up.is_drained() => Ok(HandoverStep::Wait),
            Self::Wanted(channel) => {
                let Some(handed) = channel.offer(&sockets.client, &sockets.upstream, registered.byte_counter()) else {
                    return self.give_up(up);
                };
                down.keep_end();
                *self = Self::Offered(handed, GatewaySwitch::default());
                Ok(HandoverStep::Again)
            }
            Self::Offered(handed, switch) => {
                match handed.poll(cx) {
                    HandoverProgress::Offered => {}
                    HandoverProgress::Taken => switch.answered(OfferAnswer::Taken),
                    HandoverProgress::Refused => switch.answered(OfferAnswer::Refused),
                    HandoverProgress::Ended(end) => return Ok(HandoverStep::Ended(end)),
                }
                if !down.is_open() {
                    switch.drained();
                }
                let action = switch.next_action();
                self.act(action, sockets, [up, down])
            }
        }
    }

    /// Reads nothing more from the client, so that the connection can be offered, if the member has a channel.
    fn want(&mut self, up: &mut CopyDirection, registered: &Registered) -> HandoverStep {
        let Some(channel) = channel_to(registered.upstream().dial.addr) else {
            *self = Self::Unavailable;
            return HandoverStep::Wait;
        };
        up.hold();
        *self = Self::Wanted(channel);
        HandoverStep::Again
    }

    /// Carries out the next action of an offered connection.
    fn act(
        &mut self,
        action: GatewayAction,
        sockets: &RelaySockets,
        [up, down]: [&mut CopyDirection; 2],
    ) -> io::Result<HandoverStep> {
        match action {
            GatewayAction::Wait => Ok(HandoverStep::Wait),
            GatewayAction::EndLoopback => end_writes(&sockets.upstream).map(|()| HandoverStep::Again),
            GatewayAction::LetGo => {
                if let Self::Offered(handed, _) = self {
                    handed.drained();
                }
                Ok(HandoverStep::LetGo)
            }
            GatewayAction::Resume | GatewayAction::ResumeAtEnd => {
                down.pass_end_on(&sockets.client)?;
                self.give_up(up)
            }
        }
    }

    /// How a connection ends whose sockets are closed here.
    pub(super) fn poll_ended(&self, cx: &Context<'_>) -> Poll<HandedEnd> {
        match self {
            Self::Offered(handed, _) => match handed.poll(cx) {
                HandoverProgress::Ended(end) => Poll::Ready(end),
                HandoverProgress::Offered | HandoverProgress::Taken | HandoverProgress::Refused => Poll::Pending,
            },
            Self::Pending(_) | Self::Unavailable | Self::Wanted(_) => Poll::Ready(HandedEnd::Broken),
        }
    }

    fn give_up(&mut self, up: &mut CopyDirection) -> io::Result<HandoverStep> {
        up.release();
        *self = Self::Unavailable;
        Ok(HandoverStep::Again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_is_counted_once_both_sides_have_sent() {
        let mut exchanges = ExchangeCount::default();
        let mut count = |up, down| {
            exchanges.update(up, down);
            exchanges.count
        };
        assert_eq!([count(0, 0), count(100, 0), count(100, 50)], [0, 0, 1], "a request and its response");
        assert_eq!([count(200, 50), count(300, 50), count(400, 50)], [1, 1, 1], "an upload");
        assert_eq!([count(400, 60), count(400, 90_000), count(400, 1_000_000)], [2, 2, 2], "a download");
    }
}
