//! The programs of clients on this machine, for pins that name one.
//!
//! A search reads `/proc` and blocks, so it runs on a blocking thread, one at a time: while a connection waits for its
//! turn, the accept loop and other connections continue. A client whose program is not found in time has none.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OnceCell};

use super::connections::tracker::ClientAddress;
use crate::os::client_program::ProgramFinder;

/// Time limit for a search, including the wait for earlier ones.
const LIMIT: Duration = Duration::from_millis(500);

/// The program of one client, once it was searched for; `None` if it was not found.
pub(super) type KnownProgram = Arc<OnceCell<Option<Box<str>>>>;

/// Finds the programs of clients.
#[derive(Debug, Default)]
pub(super) struct ClientPrograms {
    // Held by the one search that runs.
    finder: Arc<Mutex<ProgramFinder>>,
}

impl ClientPrograms {
    /// The name of a client's program; `None` if the client is on another machine or was not found in time.
    pub(super) async fn find(&self, client: ClientAddress) -> Option<Box<str>> {
        let socket = client.is_local.then(|| client.socket())?;
        let search = async {
            let mut finder = Arc::clone(&self.finder).lock_owned().await;
            let found = tokio::task::spawn_blocking(move || finder.find(&[socket]).pop().flatten());
            found.await.ok().flatten()
        };
        let program = tokio::time::timeout(LIMIT, search).await.ok().flatten()?;
        Some(program.name.into_boxed_str())
    }
}
