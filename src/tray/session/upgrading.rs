//! The steps of an upgrade: start the new program, wait until it has taken over, leave.

use super::TraySession;
use crate::os::single_instance::{Instance, InstanceError};
use crate::tray::engine_link::EngineLink;
use crate::tray::state::EngineHost;
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
