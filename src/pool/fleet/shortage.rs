//! Failures of this process: without descriptors it can neither check a member nor start one, which says nothing about
//! nodes or the network.

use std::time::{Duration, Instant};

use super::super::Report;
use super::{Fleet, FleetAction};
use crate::model::{Failure, FailureCause, SystemError};

/// Minimum time between two reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Pause before a member that could not be started is started again.
pub(super) const RESTART_PAUSE: Duration = Duration::from_secs(5);

/// Whether a failure is caused by a lack of descriptors in this process.
pub(super) fn is_shortage(failure: &Failure) -> bool {
    match &failure.cause {
        FailureCause::System(why)
        | FailureCause::Program(why)
        | FailureCause::ConfigFile(why)
        | FailureCause::NoPort(why)
        | FailureCause::NotStarted { why, .. } => *why == SystemError::TooManyOpen,
        FailureCause::NoAnswerWithin(_)
        | FailureCause::Silent(_)
        | FailureCause::Unreached
        | FailureCause::NotAllowed
        | FailureCause::Tls
        | FailureCause::NoWebSocket
        | FailureCause::WebSocketStatus(_)
        | FailureCause::NotSocks5
        | FailureCause::Status(_)
        | FailureCause::Unfinished
        | FailureCause::Interrupted(_)
        | FailureCause::Login
        | FailureCause::NotReady(_)
        | FailureCause::NoProgram(_)
        | FailureCause::Ended { .. }
        | FailureCause::NoFreePort(_)
        | FailureCause::PortTaken
        | FailureCause::NotUnderstood(_)
        | FailureCause::OwnPort
        | FailureCause::PluginNotAllowed(_)
        | FailureCause::Method(_)
        | FailureCause::Key(_)
        | FailureCause::Unanswered(_)
        | FailureCause::TransferStalled
        | FailureCause::Again(_)
        | FailureCause::Other(_) => false,
    }
}

impl Fleet {
    /// Reports a shortage, with a minimum interval.
    pub(super) fn report_shortage(&mut self, now: Instant, actions: &mut Vec<FleetAction>) {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < REPORT_INTERVAL;
        if !self.shortage_reported.is_some_and(is_recent) {
            self.shortage_reported = Some(now);
            actions.push(FleetAction::Report(Report::DescriptorsExhausted));
        }
    }
}
