//! The end of the engine in this process, and the steps of an upgrade: start the new program, wait until it has taken
//! over, leave.

use super::{TaskOutput, TraySession};
use crate::model::{Fault, FaultCode};
use crate::os::single_instance::{Instance, InstanceError};
use crate::tray::engine_link::EngineLink;
use crate::tray::state::{EngineHost, TrayUpdate};
use crate::tray::upgrade::{NewProgram, ReplacedPart};

/// Whether a new program has replaced this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UpgradeState {
    Waiting,
    Done,
}

impl TraySession {
    /// Starts the program in the place of this process if its file has been replaced, and leaves once that works.
    pub(super) fn upgrade(&mut self) -> UpgradeState {
        match self.upgrade.new_program() {
            None => {
                if self.upgrade.is_replaced() {
                    self.start_new_program();
                }
                UpgradeState::Waiting
            }
            Some(NewProgram::Starting(ReplacedPart::Engine)) if self.is_left() => UpgradeState::Done,
            Some(NewProgram::Starting(ReplacedPart::Tray)) if self.has_new_tray() => UpgradeState::Done,
            Some(NewProgram::Starting(_)) => UpgradeState::Waiting,
            Some(NewProgram::Ended) => {
                tracing::warn!("the new program has not started; this one goes on");
                self.give_up_upgrade();
                UpgradeState::Waiting
            }
        }
    }

    /// Lets go of the engine of this process. It is reported as ended until then, so each path takes the link or ends the
    /// session.
    pub(super) async fn on_engine_ended(&mut self) -> UpgradeState {
        let is_upgrade = self.is_left() && self.upgrade.new_program().is_some();
        if is_upgrade && self.upgrade() == UpgradeState::Done {
            return UpgradeState::Done;
        }
        let Some(link) = self.link.take() else { return UpgradeState::Waiting };
        if link.is_left() {
            self.tasks.spawn(async move {
                link.finish(std::future::pending()).await;
                TaskOutput::Done
            });
            self.open().await;
            return UpgradeState::Waiting;
        }
        tracing::warn!("the engine has ended");
        link.close(std::future::pending()).await;
        self.state.replica.on_disconnected(Fault::new(FaultCode::Ended, ""));
        self.state.update = TrayUpdate::Idle;
        UpgradeState::Waiting
    }

    pub(super) fn is_left(&self) -> bool {
        self.link.as_ref().is_some_and(EngineLink::is_left)
    }

    /// Whether another tray holds the lock.
    fn has_new_tray(&self) -> bool {
        matches!(Instance::acquire(&self.config.paths.tray_lock()), Err(InstanceError::Held { .. }))
    }

    fn start_new_program(&mut self) {
        let replaced = match self.state.host {
            EngineHost::InProcess => ReplacedPart::Engine,
            EngineHost::External => ReplacedPart::Tray,
        };
        tracing::info!("the program has been replaced; starting the new one");
        // The new one waits for the lock.
        self.config.instance = None;
        match self.config.replacement(replaced).spawn() {
            Ok(child) => self.upgrade.wait_for(child, replaced),
            Err(error) => {
                tracing::warn!(%error, "the new program cannot be started");
                self.give_up_upgrade();
            }
        }
    }

    fn give_up_upgrade(&mut self) {
        self.upgrade.give_up();
        self.config.instance = Instance::acquire(&self.config.paths.tray_lock()).ok();
    }
}
