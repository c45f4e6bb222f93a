//! The limit of open file descriptors of this process.

/// Raises the soft limit to the hard one: each relayed connection takes two descriptors. The usual
/// soft limit of 1,024 exists for programs that use select(2), which this one does not.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!(%error, "cannot raise the descriptor limit");
        }
    }
}

/// Whether no descriptor can be opened right now.
pub fn are_exhausted() -> bool {
    let opened = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
    opened.is_err_and(|error| super::system_error::of(&error) == crate::model::SystemError::TooManyOpen)
}

/// The current limit; 0 if unlimited.
pub fn limit() -> u64 {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        getrlimit(Resource::Nofile).current.unwrap_or(0)
    }
    #[cfg(not(unix))]
    0
}
