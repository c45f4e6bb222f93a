//! What is learned about sites: list and forget.

use crate::engine::event_loop::EventLoop;
use crate::engine::store::StateFile;
use crate::model::settings::{ExpectedValue, InvalidValue};
use crate::model::{Fault, Reply, Target};

impl EventLoop {
    /// The sites that are remembered.
    pub(super) fn list_sites(&self) -> Reply {
        Reply::Sites(self.listening.sites().views(&self.nodes))
    }

    /// Forgets the site of a host, or all sites, in the file too.
    ///
    /// # Errors
    /// The site is not remembered, or the file cannot be written.
    pub(super) async fn forget_site(&mut self, host: Option<&str>) -> Result<Reply, Fault> {
        match host {
            Some(host) => {
                let site = Target::from_host(host, 0).map(|target| target.site());
                if !site.is_some_and(|site| self.listening.sites().forget(&site)) {
                    let shown: String = host.chars().take(80).collect();
                    return Err(InvalidValue::new(&shown, ExpectedValue::KnownSite).into());
                }
            }
            None => self.listening.sites().forget_all(),
        }
        self.listening.sites().take_changed();
        self.save(StateFile::Sites).await?;
        // The version before it must not stay either.
        self.files.drop_last(StateFile::Sites);
        Ok(Reply::Done)
    }
}
