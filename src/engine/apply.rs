//! Applies settings. What can fail is done first, so that a fault changes nothing.

use std::time::{Duration, Instant};

use super::desktop::{self, DesktopStep, DesktopWork};
use super::event_loop::EventLoop;
use super::listening::BoundDoor;
use super::plan::{Change, DesiredState, plan};
use super::rules::{self, LoadedRules};
use super::store::StateFile;
use crate::gateway::Bound;
use crate::model::settings::{Mode, Settings};
use crate::model::{EventKind, Fault, FaultCode};

impl EventLoop {
    /// Continues where the last run ended. The port opens before any program of the desktop is run.
    pub(super) async fn resume(&mut self) {
        let settings = self.settings.clone();
        if let Err(fault) = self.apply_to_rooms(&settings).await {
            self.activity.note(EventKind::NotApplied { fault });
        }
        let work = self.desktop.start_restoring();
        self.finish_desktop(DesktopStep::Repair, work).await;
        self.report_plugins();
        self.set_desktop(settings.mode).await;
    }

    /// Applies settings, then saves them.
    ///
    /// # Errors
    /// They cannot be applied, and nothing has changed; or they cannot be saved.
    pub(super) async fn adopt(&mut self, settings: Settings) -> Result<(), Fault> {
        self.apply_to_rooms(&settings).await?;
        self.set_desktop(settings.mode).await;
        if settings == self.settings && self.files.is_saved(StateFile::Settings) {
            self.report_plugins();
            return Ok(());
        }
        self.settings = settings;
        self.report_plugins();
        self.save(StateFile::Settings).await
    }

    /// Reports nodes whose plugin needs permission.
    pub(super) fn report_plugins(&mut self) {
        let Some(events) = self.nodes.plugin_events(&self.settings.members.plugins) else { return };
        events.into_iter().for_each(|event| self.activity.note(event));
        self.activity.pass_on(EventKind::NodesChanged);
    }

    /// Applies settings to everything but the desktop.
    pub(super) async fn apply_to_rooms(&mut self, settings: &Settings) -> Result<(), Fault> {
        let desired = self.planner.desired(settings, &self.nodes)?;
        let before = self.load_rules_if_changed(settings).await?;
        let changes = plan(self.planner.current(), &desired);
        if changes.iter().any(Change::moves_the_port) || settings.mode != self.settings.mode {
            self.restore_desktop().await;
        }
        if let Err(fault) = self.perform_all(changes, &desired).await {
            before.into_iter().for_each(|before| self.use_rules(before));
            return Err(fault);
        }
        self.planner.set_current(desired);
        Ok(())
    }

    async fn perform_all(&mut self, changes: Vec<Change>, desired: &DesiredState) -> Result<(), Fault> {
        let http = |change: &Change| if let Change::OpenHttp(addr) = change { Some(*addr) } else { None };
        let mut http = match changes.iter().find_map(http) {
            Some(addr) => Some(self.listening.bind_http(addr, &mut self.activity).await?),
            None => None,
        };
        let doors =
            changes.iter().find_map(|change| if let Change::SetDoors(doors) = change { Some(doors) } else { None });
        let mut doors = match doors {
            Some(doors) => self.listening.bind_doors(doors, &mut self.activity).await?,
            None => Vec::new(),
        };
        for change in &changes {
            if let Change::OpenMetrics(metrics) = change {
                self.listening.open_metrics(metrics)?;
            }
        }
        for change in changes {
            self.perform(change, desired, &mut http, &mut doors).await?;
        }
        Ok(())
    }

    async fn perform(
        &mut self,
        change: Change,
        desired: &DesiredState,
        http: &mut Option<Bound>,
        doors: &mut Vec<BoundDoor>,
    ) -> Result<(), Fault> {
        match change {
            Change::OpenGateway(_) => {
                if let Some(serving) = &desired.serving {
                    self.listening.open(serving, desired.members.drain_limit, &mut self.activity).await?;
                }
            }
            Change::CloseGateway => self.listening.close(Duration::ZERO, &mut self.activity).await,
            Change::OpenHttp(_) => {
                if let Some(bound) = http.take() {
                    self.listening.serve_http(bound, &mut self.activity).await;
                }
            }
            Change::CloseHttp => self.listening.close_http().await,
            Change::SetDoors(wanted) => {
                self.listening.serve_doors(&wanted, std::mem::take(doors), &mut self.activity).await;
            }
            // Done before all others.
            Change::OpenMetrics(_) => {}
            Change::CloseMetrics => self.listening.close_metrics(),
            Change::ConfigureGateway => {
                if let Some(serving) = &desired.serving {
                    self.listening.configure(&serving.config);
                }
            }
            Change::ConfigurePool => self.members.configure(desired.pool.clone()).await,
            Change::SetMembers => {
                self.publisher.note_switch(Instant::now());
                self.members.set_desired(&desired.members, &self.nodes).await;
            }
        }
        Ok(())
    }

    /// Reads the rules of these settings if they have changed or none have been read, and uses them; returns the
    /// previous ones.
    async fn load_rules_if_changed(&mut self, settings: &Settings) -> Result<Option<LoadedRules>, Fault> {
        let is_same = settings.rules == self.settings.rules && settings.pac == self.settings.pac;
        if self.rules.is_loaded() && is_same {
            return Ok(None);
        }
        let was_loaded = self.rules.is_loaded();
        let before = self.load_rules(settings).await?;
        Ok(Some(before).filter(|_| was_loaded))
    }

    /// Reads the rule files and uses them from now on; open connections continue. Returns the previous rules.
    ///
    /// # Errors
    /// One of them is unreadable or invalid; then the previous rules stay in use.
    pub(super) async fn load_rules(&mut self, settings: &Settings) -> Result<LoadedRules, Fault> {
        let (settings, paths) = (settings.clone(), self.files.paths().clone());
        let loaded = self.on_thread(move || rules::read(&settings, &paths)).await?;
        let before = self.rules.replace(loaded);
        self.listening.route(self.rules.routing());
        Ok(before)
    }

    fn use_rules(&mut self, rules: LoadedRules) {
        self.rules.replace(rules);
        self.listening.route(self.rules.routing());
    }

    /// Applies the nodes, and saves them. If none is left, traffic is turned off.
    ///
    /// # Errors
    /// They cannot be saved.
    pub(super) async fn adopt_nodes(&mut self) -> Result<(), Fault> {
        self.adopt_nodes_with(self.settings.clone()).await
    }

    /// The same, together with other settings.
    ///
    /// # Errors
    /// They cannot be saved, or the settings cannot be applied.
    pub(super) async fn adopt_nodes_with(&mut self, settings: Settings) -> Result<(), Fault> {
        self.save(StateFile::Nodes).await?;
        match self.adopt(settings.clone()).await {
            Err(fault) if fault.code == FaultCode::NoNode => self.adopt(Settings { active: false, ..settings }).await,
            result => result,
        }
    }

    /// Sets the desktop's proxy according to the mode, if necessary.
    pub(super) async fn set_desktop(&mut self, mode: Mode) {
        let _told_before = self.desktop.take_fault();
        let addr = self.listening.addr();
        let want = addr.and_then(|addr| desktop::desired(mode, addr, self.rules.script()));
        if self.desktop.active() == want.as_ref() {
            return;
        }
        let (Some(want), Some(addr)) = (want, addr) else { return self.restore_desktop().await };
        if !self.while_busy(desktop::is_reachable(addr)).await {
            tracing::error!("the gateway does not respond; the desktop's proxy stays as it is");
            return;
        }
        let work = self.desktop.start_setting(want);
        self.finish_desktop(DesktopStep::Set(mode), work).await;
    }

    /// Restores the desktop's previous proxy.
    pub(super) async fn restore_desktop(&mut self) {
        if self.desktop.active().is_some() {
            let work = self.desktop.start_restoring();
            self.finish_desktop(DesktopStep::Restore, work).await;
        }
    }

    async fn finish_desktop(&mut self, step: DesktopStep, work: Option<DesktopWork>) {
        let Some(work) = work else { return };
        let done = self.while_busy(work).await;
        let gateway = self.listening.addr().unwrap_or(self.settings.gateway.listen);
        self.desktop.finish(step, done, gateway, &mut self.activity);
    }
}
