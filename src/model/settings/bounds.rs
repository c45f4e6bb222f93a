//! Which values make sense, and what is wanted where one does not.

use std::net::SocketAddr;

use super::{Gateway, Health, Pac, Settings, Subscription};

/// A value that is out of bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: wanted {wanted}")]
pub struct Invalid {
    /// Dotted key of the value.
    pub key: String,
    /// What is wanted there.
    pub wanted: String,
}

impl Invalid {
    pub(super) fn new(key: &str, wanted: impl Into<String>) -> Self {
        Self { key: key.into(), wanted: wanted.into() }
    }
}

impl Settings {
    /// Checks every bound.
    ///
    /// # Errors
    /// Names the first value that is out of bounds and what is wanted there.
    pub fn validate(&self) -> Result<(), Invalid> {
        let within = |key, value: u64, low: u64, high: u64| {
            let fits = (low..=high).contains(&value);
            fits.then_some(()).ok_or_else(|| Invalid::new(key, format!("a number from {low} to {high}")))
        };
        within("cluster.size", self.cluster.size as u64, 1, 64)?;
        within("gateway.max_connections", self.gateway.max_connections as u64, 16, 1_000_000)?;
        within("gateway.handshake_limit_s", self.gateway.handshake_limit_s, 1, 600)?;
        within("gateway.connect_limit_ms", self.gateway.connect_limit_ms, 50, 60_000)?;
        within("gateway.idle_limit_s", self.gateway.idle_limit_s, 0, 30 * 86_400)?;
        within("gateway.drain_limit_s", self.gateway.drain_limit_s, 0, 86_400)?;
        within("members.port_base", u64::from(self.members.port_base), 1024, 65_000)?;
        within("health.limit_s", self.health.limit_s, 1, 120)?;
        within("pac.update_h", self.pac.update_h, 0, 8_760)?;
        within("subscription.limit_s", self.subscription.limit_s, 1, 600)?;
        self.pac.validate()?;
        self.subscription.validate()?;
        self.gateway.validate()?;
        self.health.validate()
    }
}

impl Gateway {
    /// Checks that nobody is served beyond this machine without a login.
    ///
    /// # Errors
    /// They would be, at this address; `key` says where it comes from.
    pub fn may_listen(&self, key: &str, addr: SocketAddr) -> Result<(), Invalid> {
        let wanted = "a loopback address, or first a user name and password in gateway.login";
        let may = addr.ip().to_canonical().is_loopback() || self.login.is_some();
        may.then_some(()).ok_or_else(|| Invalid::new(key, wanted))
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.may_listen("gateway.listen", self.listen)?;
        if let Some(addr) = self.http_listen {
            self.may_listen("gateway.http_listen", addr)?;
            if addr.port() == self.listen.port() && addr.port() != 0 {
                return Err(Invalid::new("gateway.http_listen", "another port than that of gateway.listen"));
            }
        }
        let fits = |text: &str| (1..=255).contains(&text.len());
        match &self.login {
            Some(login) if !fits(&login.user) || !fits(login.password.expose()) => {
                Err(Invalid::new("gateway.login", "a user name and a password of 1 to 255 bytes each"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Pac {
    fn validate(&self) -> Result<(), Invalid> {
        let url = self.url.parse::<url::Url>();
        let fits = url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        fits.then_some(()).ok_or_else(|| Invalid::new("pac.url", "an http:// or https:// address"))
    }
}

impl Subscription {
    fn validate(&self) -> Result<(), Invalid> {
        let is_header =
            self.user_agent.len() <= 256 && self.user_agent.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let wanted = "up to 256 plain characters";
        is_header.then_some(()).ok_or_else(|| Invalid::new("subscription.user_agent", wanted))
    }
}

impl Health {
    fn validate(&self) -> Result<(), Invalid> {
        let is_page =
            |text: &String| text.parse::<url::Url>().is_ok_and(|url| url.scheme() == "http" && url.has_host());
        if self.urls.is_empty() || !self.urls.iter().all(is_page) {
            return Err(Invalid::new("health.urls", "at least one http:// address"));
        }
        if self.direct_urls.is_empty() || !self.direct_urls.iter().all(is_page) {
            return Err(Invalid::new("health.direct_urls", "at least one http:// address"));
        }
        if self.statuses.is_empty() || self.statuses.iter().any(|status| !(100..600).contains(status)) {
            return Err(Invalid::new("health.statuses", "HTTP statuses such as [200, 204]"));
        }
        if self.schedule.is_empty() || self.schedule.iter().any(|seconds| !(1..=86_400).contains(seconds)) {
            return Err(Invalid::new("health.schedule", "seconds between checks such as [10, 60, 300]"));
        }
        Ok(())
    }
}
