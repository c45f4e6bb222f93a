//! Who sets the desktop's proxy and gives it back, within one run of the program.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::lease::{Found, Lease, Lock, ProxyError, Returned};
use super::plan::Want;
use crate::os::atomic_file;

/// Sets the desktop's proxy and gives it back. All of it blocks: the desktops' programs are run and
/// waited for.
#[derive(Debug)]
pub struct Keeper {
    file: PathBuf,
    program: PathBuf,
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    want: Want,
    /// It ends with its standard input, which this process holds.
    watcher: Child,
}

impl Keeper {
    /// A keeper with its lease at `file`; `program` is the one that has the watcher in it.
    pub fn new(file: PathBuf, program: PathBuf) -> Self {
        Self { file, program, held: None }
    }

    /// What the desktop's proxy has been made to be.
    pub fn held(&self) -> Option<&Want> {
        self.held.as_ref().map(|held| &held.want)
    }

    /// Makes the desktop's proxy this. What an earlier run or wish has left is given back first.
    ///
    /// # Errors
    /// It cannot be; then it is as it was.
    pub fn set(&mut self, want: Want) -> Result<Returned, ProxyError> {
        let returned = self.give_back()?;
        let done = self.apply(want);
        if done.is_err() {
            self.dismiss();
        }
        done.map(|()| returned)
    }

    fn apply(&mut self, want: Want) -> Result<(), ProxyError> {
        let _lock = Lock::take(&self.file)?;
        let lease = Lease::plan(&want)?;
        lease.save(&self.file)?;
        let done = self.watch(&lease).and_then(|watcher| {
            self.held = Some(Held { want, watcher });
            lease.apply()
        });
        if done.is_err() {
            // What cannot be given back now stays in the lease, for the watcher and the next start.
            let given_back = lease.give_back(&self.file);
            tracing::debug!(?given_back, "the desktop's proxy could not be set");
        }
        done
    }

    /// Makes the desktop's proxy what it was before.
    ///
    /// # Errors
    /// It cannot be; the lease stays for the next try.
    pub fn give_back(&mut self) -> Result<Returned, ProxyError> {
        let lock = Lock::take(&self.file)?;
        let returned = match Lease::read(&self.file)? {
            Found::Lease(lease) => lease.give_back(&self.file)?,
            Found::Nothing => Returned::Nothing,
            Found::Broken(problem) => {
                let kept = atomic_file::set_aside(&self.file).map_err(ProxyError::File)?;
                let kept_as = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Returned::Unknown { kept_as, problem }
            }
        };
        drop(lock);
        self.dismiss();
        Ok(returned)
    }

    fn watch(&self, lease: &Lease) -> Result<Child, ProxyError> {
        let mut command = Command::new(&self.program);
        command.arg("lease-watch").arg(&self.file).arg(&lease.id);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A key that ends the program in a terminal must not end it as well.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(ProxyError::Watcher)
    }

    fn dismiss(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        drop(held.watcher.stdin.take());
        // It finds no lease of its own, or gives it back; then it ends.
        let _status = held.watcher.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_lease_is_set_aside_once() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("proxy-lease.json");
        std::fs::write(&file, "{\"version\":1,").unwrap();
        let mut keeper = Keeper::new(file.clone(), "sluice".into());
        let Ok(Returned::Unknown { kept_as, .. }) = keeper.give_back() else { panic!("it is whole") };
        assert!(kept_as.starts_with("proxy-lease.json.bad-"), "{kept_as}");
        assert_eq!(std::fs::read_to_string(home.path().join(kept_as)).unwrap(), "{\"version\":1,");
        assert!(!file.exists());
        assert_eq!(keeper.give_back().unwrap(), Returned::Nothing);
    }
}
