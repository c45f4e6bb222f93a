//! Who sets the desktop's proxy and gives it back, within one run of the program.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::lease::{Lease, Lock, ProxyError, Returned};
use super::mode::Want;

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
            Some(lease) => lease.give_back(&self.file)?,
            None => Returned::Nothing,
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
