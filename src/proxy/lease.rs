//! The file that says what the desktop's proxy was before us, and giving it back by it.
//!
//! It is there before anything is touched and goes when all is as it was. A lock beside it keeps a
//! watcher that is late from undoing what the next engine has set.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::plan::{Restoration, Setting, Want, restoration};
use crate::model::FileProblem;
use crate::os::system_proxy::Desktop;

/// Why the desktop's proxy is not as it is wanted.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// There is no desktop whose proxy can be set.
    #[error("no desktop was found whose proxy can be set")]
    NoDesktop,
    /// A desktop's own program failed.
    #[error("the desktop's proxy settings cannot be used: {0}")]
    Desktop(#[source] io::Error),
    /// What was written is not what is there.
    #[error("the desktop did not take its proxy setting {0}")]
    NotTaken(String),
    /// The lease cannot be read or written.
    #[error("the file that keeps the earlier proxy settings cannot be used: {0}")]
    File(#[source] io::Error),
    /// The watcher cannot be started.
    #[error("the program that gives the proxy settings back cannot be started: {0}")]
    Watcher(#[source] io::Error),
}

/// How giving back went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// There was nothing to give back.
    Nothing,
    /// All is as it was.
    All,
    /// But what somebody else has changed meanwhile: that stays.
    AllButForeign,
    /// The file that says what was before is broken: it was set aside, and all stays as it is.
    Unknown {
        /// Its name now.
        kept_as: String,
        /// What is wrong with it.
        problem: FileProblem,
    },
}

/// What the file of the lease holds.
pub(super) enum Found {
    /// There is none.
    Nothing,
    /// A lease.
    Lease(Lease),
    /// Something else.
    Broken(FileProblem),
}

/// What was, and what we made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lease {
    version: u32,
    /// Another one for each lease.
    pub(super) id: String,
    desktops: BTreeMap<Desktop, Vec<Setting>>,
    /// Whether something was left alone already, of which nobody has been told.
    #[serde(default)]
    is_foreign: bool,
}

/// Held while a lease is made or given back.
pub(super) struct Lock(#[expect(dead_code, reason = "the lock goes with the file")] File);

impl Lock {
    /// Waits until nobody else makes or gives back the lease at `file`.
    pub(super) fn take(file: &Path) -> Result<Self, ProxyError> {
        let taken = OpenOptions::new().create(true).truncate(false).write(true).open(file.with_extension("lock"));
        let taken = taken.and_then(|lock| lock.lock().map(|()| lock));
        taken.map(Self).map_err(ProxyError::File)
    }
}

impl Lease {
    /// What would have to be written for this, and what is there now.
    pub(super) fn plan(want: &Want) -> Result<Self, ProxyError> {
        let desktops = Desktop::present();
        if desktops.is_empty() {
            return Err(ProxyError::NoDesktop);
        }
        let planned = desktops.into_iter().map(|desktop| {
            let settings = want.settings(desktop, &desktop.scopes()?, |key| desktop.read(key))?;
            Ok((desktop, settings))
        });
        let desktops = planned.collect::<io::Result<_>>().map_err(ProxyError::Desktop)?;
        Ok(Self { version: 1, id: format!("{:016x}", rand::random::<u64>()), desktops, is_foreign: false })
    }

    /// What is at `file`.
    pub(super) fn read(file: &Path) -> Result<Found, ProxyError> {
        match fs::read(file) {
            Ok(text) => Ok(match serde_json::from_slice(&text) {
                Ok(lease) => Found::Lease(lease),
                Err(error) => Found::Broken(FileProblem::of(&error)),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(ProxyError::File(error)),
        }
    }

    /// Writes it down, so that it survives a power cut.
    pub(super) fn save(&self, file: &Path) -> Result<(), ProxyError> {
        let write = || {
            let folder = file.parent().ok_or(ErrorKind::InvalidInput)?;
            let mut next = NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut next, self)?;
            next.flush()?;
            next.as_file().sync_all()?;
            next.persist(file)?;
            if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
        };
        write().map_err(ProxyError::File)
    }

    /// Makes the desktops as they are wanted, and looks whether they are.
    pub(super) fn apply(&self) -> Result<(), ProxyError> {
        for (desktop, settings) in &self.desktops {
            for setting in settings {
                desktop.write(&setting.key, setting.ours.as_deref()).map_err(ProxyError::Desktop)?;
            }
            desktop.announce();
            let now = values(*desktop, settings)?;
            let differs = settings.iter().zip(now).find(|(setting, now)| *now != setting.ours);
            if let Some((setting, _)) = differs {
                return Err(ProxyError::NotTaken(setting.key.clone()));
            }
        }
        Ok(())
    }

    /// Makes the desktops as they were, and forgets the lease at `file`.
    pub(super) fn give_back(&self, file: &Path) -> Result<Returned, ProxyError> {
        let returned = self.restore()?;
        fs::remove_file(file).map_err(ProxyError::File)?;
        Ok(returned)
    }

    /// The same where nobody can be told: that something was left alone stays in the lease, for the next
    /// start to tell.
    pub(super) fn give_back_untold(mut self, file: &Path) -> Result<(), ProxyError> {
        match self.restore()? {
            Returned::Nothing | Returned::All | Returned::Unknown { .. } => {
                fs::remove_file(file).map_err(ProxyError::File)
            }
            Returned::AllButForeign => {
                (self.desktops, self.is_foreign) = (BTreeMap::new(), true);
                self.save(file)
            }
        }
    }

    fn restore(&self) -> Result<Returned, ProxyError> {
        let mut returned = if self.is_foreign { Returned::AllButForeign } else { Returned::All };
        for (desktop, settings) in &self.desktops {
            let Restoration { writes, is_foreign } = restoration(settings, &values(*desktop, settings)?);
            for (key, value) in &writes {
                desktop.write(key, value.as_deref()).map_err(ProxyError::Desktop)?;
            }
            desktop.announce();
            for (key, value) in writes {
                if desktop.read(&key).map_err(ProxyError::Desktop)? != value {
                    return Err(ProxyError::NotTaken(key));
                }
            }
            if is_foreign {
                returned = Returned::AllButForeign;
            }
        }
        Ok(returned)
    }
}

fn values(desktop: Desktop, settings: &[Setting]) -> Result<Vec<Option<String>>, ProxyError> {
    let values = settings.iter().map(|setting| desktop.read(&setting.key));
    values.collect::<io::Result<_>>().map_err(ProxyError::Desktop)
}
