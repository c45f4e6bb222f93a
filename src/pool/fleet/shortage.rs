//! Failures of this process: without descriptors it can neither check a member nor start one, which
//! says nothing of a node or the network.

use std::time::{Duration, Instant};

use super::super::Report;
use super::{Fleet, FleetAction};
use crate::model::{Failure, Obstacle, Trouble};

/// Minimum time between two reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Pause before a member that could not be started is started again.
pub(super) const RESTART_PAUSE: Duration = Duration::from_secs(5);

/// Whether a failure is for want of descriptors here.
pub(super) fn is_shortage(failure: &Failure) -> bool {
    match &failure.trouble {
        Trouble::Met(why)
        | Trouble::Program(why)
        | Trouble::ConfigFile(why)
        | Trouble::NoPort(why)
        | Trouble::NotStarted { why, .. } => *why == Obstacle::TooManyOpen,
        Trouble::NoAnswerWithin(_)
        | Trouble::Silent(_)
        | Trouble::Unreached
        | Trouble::NotAllowed
        | Trouble::Tls
        | Trouble::NoWebSocket
        | Trouble::WebSocketStatus(_)
        | Trouble::NotSocks5
        | Trouble::Status(_)
        | Trouble::Unfinished
        | Trouble::BrokeOff(_)
        | Trouble::Login
        | Trouble::NotReady(_)
        | Trouble::NoProgram(_)
        | Trouble::Ended { .. }
        | Trouble::NoFreePort(_)
        | Trouble::PortTaken
        | Trouble::NotUnderstood(_)
        | Trouble::OwnPort
        | Trouble::PluginNotAllowed(_)
        | Trouble::Method(_)
        | Trouble::Key(_)
        | Trouble::Unanswered(_)
        | Trouble::Again(_)
        | Trouble::Other(_) => false,
    }
}

impl Fleet {
    /// Reports a shortage, once in a while.
    pub(super) fn report_shortage(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < REPORT_INTERVAL;
        if !self.shortage_reported.is_some_and(is_recent) {
            self.shortage_reported = Some(now);
            actions.push(FleetAction::Report(Report::DescriptorsExhausted));
        }
    }
}
