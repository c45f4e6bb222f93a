//! Validation of settings, and descriptions of valid values.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Gateway, Health, Pac, Settings, SubscriptionSettings, UpdateSettings};
#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, messages, one_line, tr};

/// An invalid value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidValue {
    /// Dotted key of the value.
    pub key: String,
    /// Which values are valid.
    pub wanted: ExpectedValue,
}

messages! {
    /// Which values are valid.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum ExpectedValue {
        /// A number within bounds.
        Number {
            /// The lowest.
            low: u64,
            /// The highest.
            high: u64,
        } = "expected-number",
        /// Any number.
        AnyNumber = "expected-any-number",
        /// True or false.
        Boolean = "expected-boolean",
        /// One of these words.
        OneOf(words: Vec<String>) = "expected-one-of",
        /// A loopback address, unless there is a login.
        LoopbackOrLogin = "expected-loopback",
        /// A port that is not used already.
        OtherPort = "expected-other-port",
        /// An IP address and a port.
        Address = "expected-address",
        /// A user name and a password of lengths that SOCKS5 can carry.
        LoginLengths = "expected-login-lengths",
        /// A login, as JSON.
        Login = "expected-login",
        /// An http or https URL.
        WebAddress = "expected-web-address",
        /// http URLs.
        Pages = "expected-pages",
        /// HTTP statuses.
        Statuses = "expected-statuses",
        /// Intervals between checks.
        Schedule = "expected-schedule",
        /// Text that is valid in an HTTP header.
        PlainText = "expected-plain-text",
        /// An existing key.
        Key = "expected-key",
        /// A host name.
        Host = "expected-host",
        /// A URL or a host name.
        AddressOrHost = "expected-address-or-host",
        /// Pins, as JSON.
        Pins = "expected-pins",
        /// The traffic of a pin.
        PinnedTraffic = "expected-pinned-traffic",
        /// Where the traffic of a pin goes.
        PinTarget = "expected-pin-target",
        /// The traffic of a pin in the list.
        ExistingPin = "expected-existing-pin",
        /// A site that no entry of the access list sends elsewhere.
        NotInAccessList = "expected-not-in-access-list",
        /// A site that is remembered.
        KnownSite = "expected-known-site",
        /// Doors, as JSON.
        Doors = "expected-doors",
        /// The name of a door.
        DoorName = "expected-door-name",
        /// A name that no other door has.
        NewDoorName = "expected-new-door-name",
        /// The name of a door in the list.
        ExistingDoor = "expected-existing-door",
        /// What a door is for.
        DoorTarget = "expected-door-target",
        /// A selection of nodes.
        NodeSelector = "expected-node-selector",
        /// A country.
        CountryCode = "expected-country",
        /// A log filter.
        LogFilter = "expected-log-filter",
        /// A JSON string.
        Text = "expected-text",
        /// A JSON list.
        List = "expected-list",
        /// A JSON object.
        Object = "expected-object",
        /// Anything else, in English.
        Other(text: String) = verbatim,
    }
}

impl From<&str> for ExpectedValue {
    fn from(text: &str) -> Self {
        Self::Other(text.to_owned())
    }
}

impl From<String> for ExpectedValue {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

impl ExpectedValue {
    /// Converts serde's description of what it expected.
    pub fn expected(text: &str) -> Self {
        match text {
            "a boolean" => Self::Boolean,
            "u16" | "u32" | "u64" | "usize" => Self::AnyNumber,
            "socket address" => Self::Address,
            "a string" | "a borrowed string" => Self::Text,
            "a sequence" => Self::List,
            "a map" => Self::Object,
            _ if text.starts_with("struct ") => Self::Object,
            _ => match text.strip_prefix("one of ").map(quoted).filter(|words| words.len() > 1) {
                Some(words) => Self::OneOf(words),
                None => Self::Other(text.to_owned()),
            },
        }
    }
}

/// The words between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

impl Localize for InvalidValue {
    fn localize(&self, locale: Locale) -> String {
        tr!(locale, "expected-at", key = one_line(&self.key), wanted = self.wanted.localize(locale))
    }
}

display!(InvalidValue);

#[cfg(test)]
impl Samples for InvalidValue {
    fn samples() -> Vec<Self> {
        ExpectedValue::samples().into_iter().map(|wanted| Self::new("some.key", wanted)).collect()
    }
}

impl InvalidValue {
    /// For the value at a dotted key.
    pub fn new(key: &str, wanted: impl Into<ExpectedValue>) -> Self {
        Self { key: key.into(), wanted: wanted.into() }
    }
}

impl Settings {
    /// Checks all values.
    ///
    /// # Errors
    /// The first invalid value, and which values are valid.
    pub fn validate(&self) -> Result<(), InvalidValue> {
        let within = |key, value: u64, low: u64, high: u64| {
            let fits = (low..=high).contains(&value);
            fits.then_some(()).ok_or_else(|| InvalidValue::new(key, ExpectedValue::Number { low, high }))
        };
        within("cluster.size", self.cluster.size as u64, 1, 64)?;
        within("gateway.max_connections", self.gateway.max_connections as u64, 16, 1_000_000)?;
        within("gateway.handshake_limit_s", self.gateway.handshake_limit_s, 1, 600)?;
        within("gateway.connect_limit_ms", self.gateway.connect_limit_ms, 50, 60_000)?;
        within("gateway.idle_limit_s", self.gateway.idle_limit_s, 0, 30 * 86_400)?;
        within("gateway.drain_limit_s", self.gateway.drain_limit_s, 0, 86_400)?;
        within("members.port_base", u64::from(self.members.port_base), 1024, 65_000)?;
        within("health.limit_s", self.health.limit_s, 1, 120)?;
        within("health.transfer_bytes", self.health.transfer_bytes as u64, 0, 1 << 20)?;
        within("pac.update_h", self.pac.update_h, 0, 8_760)?;
        within("subscription.limit_s", self.subscription.limit_s, 1, 600)?;
        self.validate_pins()?;
        self.validate_doors()?;
        self.pac.validate()?;
        self.subscription.validate()?;
        self.updates.validate()?;
        self.gateway.validate()?;
        self.health.validate()
    }
}

impl Gateway {
    /// Checks that the gateway is not open to other devices without a login.
    ///
    /// # Errors
    /// It would be, at this address; `key` is the setting that the address comes from.
    pub fn may_listen(&self, key: &str, addr: SocketAddr) -> Result<(), InvalidValue> {
        let may = addr.ip().to_canonical().is_loopback() || self.login.is_some();
        may.then_some(()).ok_or_else(|| InvalidValue::new(key, ExpectedValue::LoopbackOrLogin))
    }

    fn validate(&self) -> Result<(), InvalidValue> {
        self.may_listen("gateway.listen", self.listen)?;
        if let Some(addr) = self.http_listen {
            self.may_listen("gateway.http_listen", addr)?;
            if addr.port() == self.listen.port() && addr.port() != 0 {
                return Err(InvalidValue::new("gateway.http_listen", ExpectedValue::OtherPort));
            }
        }
        if let Some(addr) = self.metrics {
            self.may_listen("gateway.metrics", addr)?;
            let others = [Some(self.listen), self.http_listen];
            if addr.port() != 0 && others.into_iter().flatten().any(|other| other.port() == addr.port()) {
                return Err(InvalidValue::new("gateway.metrics", ExpectedValue::OtherPort));
            }
        }
        let fits = |text: &str| (1..=255).contains(&text.len());
        match &self.login {
            Some(login) if !fits(&login.user) || !fits(login.password.expose()) => {
                Err(InvalidValue::new("gateway.login", ExpectedValue::LoginLengths))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Pac {
    fn validate(&self) -> Result<(), InvalidValue> {
        web_address("pac.url", &self.url)
    }
}

impl UpdateSettings {
    fn validate(&self) -> Result<(), InvalidValue> {
        web_address("updates.url", &self.url)
    }
}

fn web_address(key: &str, text: &str) -> Result<(), InvalidValue> {
    let url = text.parse::<url::Url>();
    let fits = url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    fits.then_some(()).ok_or_else(|| InvalidValue::new(key, ExpectedValue::WebAddress))
}

impl SubscriptionSettings {
    fn validate(&self) -> Result<(), InvalidValue> {
        let is_header =
            self.user_agent.len() <= 256 && self.user_agent.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        is_header.then_some(()).ok_or_else(|| InvalidValue::new("subscription.user_agent", ExpectedValue::PlainText))
    }
}

impl Health {
    fn validate(&self) -> Result<(), InvalidValue> {
        let is_page =
            |text: &String| text.parse::<url::Url>().is_ok_and(|url| url.scheme() == "http" && url.has_host());
        if self.urls.is_empty() || !self.urls.iter().all(is_page) {
            return Err(InvalidValue::new("health.urls", ExpectedValue::Pages));
        }
        if self.direct_urls.is_empty() || !self.direct_urls.iter().all(is_page) {
            return Err(InvalidValue::new("health.direct_urls", ExpectedValue::Pages));
        }
        if !is_page(&self.transfer_url) {
            return Err(InvalidValue::new("health.transfer_url", ExpectedValue::Pages));
        }
        if self.statuses.is_empty() || self.statuses.iter().any(|status| !(100..600).contains(status)) {
            return Err(InvalidValue::new("health.statuses", ExpectedValue::Statuses));
        }
        if self.schedule.is_empty() || self.schedule.iter().any(|seconds| !(1..=86_400).contains(seconds)) {
            return Err(InvalidValue::new("health.schedule", ExpectedValue::Schedule));
        }
        Ok(())
    }
}
