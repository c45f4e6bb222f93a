//! Sites that do not work, from the menu: the hosts that failed last, and what `fix` finds for one of them.

use jiff::tz::TimeZone;

use super::TraySession;
use crate::control::ClientError;
use crate::i18n::{site_checks, tr};
use crate::model::{Command, Reply};
use crate::tray::engine_link::TrayRequest;
use crate::tray::state::SiteFix;

impl TraySession {
    /// Requests the hosts that failed last, for the open menu.
    pub(super) fn request_failed_hosts(&mut self) {
        self.call(TrayRequest::FailedHosts, Command::FailedHosts);
    }

    pub(super) fn on_failed_hosts(&mut self, result: Result<Reply, ClientError>) {
        if let Ok(Reply::FailedHosts(hosts)) = result {
            self.state.failed_hosts = hosts;
        }
    }

    /// Tries a site through the nodes; a notice shows the result.
    pub(super) fn fix(&mut self, site: String) {
        self.state.fix = SiteFix::Running;
        self.call(TrayRequest::Fix, Command::Fix { site });
    }

    pub(super) fn stop_fix(&mut self) {
        self.state.fix = SiteFix::Idle;
        if let Some(link) = &mut self.link {
            link.cancel(TrayRequest::Fix);
        }
    }

    pub(super) fn on_fixed(&mut self, result: Result<Reply, ClientError>) {
        self.state.fix = SiteFix::Idle;
        match result {
            Ok(Reply::SiteCheck(check)) => {
                let text = site_checks::verdict(self.locale, &check, &TimeZone::system());
                self.show(tr!(self.locale, "fix-title"), text);
            }
            Ok(_) => {}
            Err(error) => self.notify_failure(error),
        }
    }
}
