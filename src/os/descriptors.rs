//! How many files and sockets this process may have open.

/// Raises the soft limit to the hard one: each relayed connection takes two descriptors, and the
/// usual soft limit of 1,024 is there for programs that use select(2), which this one does not.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "the limit of descriptors stays as it was");
        }
    }
}

/// The limit in force; 0 where the system has none.
pub fn limit() -> u64 {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        getrlimit(Resource::Nofile).current.unwrap_or(0)
    }
    #[cfg(not(unix))]
    0
}
