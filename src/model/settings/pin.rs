//! Pins: sites and programs whose connections go to certain nodes, or not through a node at all.
//!
//! A site is a host or a registrable domain; the latter stands for all hosts of that domain. A program is named by its
//! executable. On the command line the traffic of a pin is one word: `example.com`, `app:curl`, `app:curl@example.com`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::node_selector::{MAX_NAME, is_name};
use super::{ExpectedValue, InvalidValue, NodeFallback, NodeSelector, Settings};

/// Maximum number of pins: each is compared with every new connection.
pub const MAX_PINS: usize = 200;

/// A pin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The site; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The program on this computer that connects; `None` for all, and for clients on other machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Where its connections go.
    pub to: PinTarget,
    /// What happens if none of those nodes works.
    #[serde(default, rename = "else")]
    pub fallback: NodeFallback,
    /// When it ends and is removed; `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Where the connections of a pin go. As text `direct`, `block`, `node:ID`, `group:NAME` or `country:CODE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PinTarget {
    /// Not through a node.
    Direct,
    /// Nowhere: the client gets an error.
    Block,
    /// Through one of these nodes.
    Nodes(NodeSelector),
}

impl PinTarget {
    /// The nodes, if it leads through nodes.
    pub fn nodes(&self) -> Option<&NodeSelector> {
        match self {
            Self::Direct | Self::Block => None,
            Self::Nodes(nodes) => Some(nodes),
        }
    }
}

/// The text is not a target of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not direct, block, node:ID, group:NAME or country:CODE")]
pub struct NotAPinTarget;

impl Pin {
    /// A pin from its parts as typed, without an end.
    ///
    /// # Errors
    /// The traffic is not a site, a program or both.
    pub fn parse(traffic: &str, to: PinTarget, fallback: NodeFallback) -> Result<Self, InvalidValue> {
        let (site, program) =
            split(traffic).ok_or_else(|| InvalidValue::new(&shortened(traffic), ExpectedValue::PinnedTraffic))?;
        let pin = Self { site, program, to, fallback, until: None };
        pin.validate("else")?;
        Ok(pin)
    }

    /// The traffic as it is typed on the command line.
    pub fn traffic(&self) -> String {
        match (&self.program, &self.site) {
            (Some(program), Some(site)) => format!("{PROGRAM}{program}@{site}"),
            (Some(program), None) => format!("{PROGRAM}{program}"),
            (None, Some(site)) => site.clone(),
            (None, None) => String::new(),
        }
    }

    /// Whether this text names the traffic of this pin.
    pub fn is_for(&self, traffic: &str) -> bool {
        split(traffic).is_some_and(|(site, program)| {
            site == self.site.as_deref().and_then(normalized_site) && program == self.program
        })
    }

    /// Whether it has ended by this time.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    fn validate(&self, key: &str) -> Result<(), InvalidValue> {
        let is_site = self.site.as_deref().is_none_or(|site| normalized_site(site).is_some());
        let is_program = self.program.as_deref().is_none_or(is_program);
        if !is_site || !is_program || (self.site.is_none() && self.program.is_none()) {
            return Err(InvalidValue::new(key, ExpectedValue::Pins));
        }
        match &self.to {
            PinTarget::Nodes(nodes) => self.fallback.check(nodes, key),
            PinTarget::Direct | PinTarget::Block if self.fallback == NodeFallback::Any => Ok(()),
            PinTarget::Direct | PinTarget::Block => {
                Err(InvalidValue::new(key, ExpectedValue::OneOf(vec!["any".into()])))
            }
        }
    }
}

impl Settings {
    pub(super) fn validate_pins(&self) -> Result<(), InvalidValue> {
        if self.pins.len() > MAX_PINS {
            return Err(InvalidValue::new("pins", ExpectedValue::Pins));
        }
        self.pins.iter().try_for_each(|pin| pin.validate("pins"))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.traffic(), self.to)?;
        if self.fallback == NodeFallback::Any { Ok(()) } else { write!(f, " else {}", self.fallback.as_str()) }
    }
}

impl fmt::Display for PinTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Block => f.write_str("block"),
            Self::Nodes(nodes) => nodes.fmt(f),
        }
    }
}

impl FromStr for PinTarget {
    type Err = NotAPinTarget;

    fn from_str(text: &str) -> Result<Self, NotAPinTarget> {
        match text {
            "direct" => Ok(Self::Direct),
            "block" => Ok(Self::Block),
            nodes => nodes.parse().map(Self::Nodes).map_err(|_| NotAPinTarget),
        }
    }
}

impl From<PinTarget> for String {
    fn from(target: PinTarget) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for PinTarget {
    type Error = NotAPinTarget;

    fn try_from(text: String) -> Result<Self, NotAPinTarget> {
        text.parse()
    }
}

const PROGRAM: &str = "app:";

/// The site and the program of `SITE`, `app:PROGRAM` or `app:PROGRAM@SITE`.
fn split(traffic: &str) -> Option<(Option<String>, Option<String>)> {
    let Some(rest) = traffic.strip_prefix(PROGRAM) else { return Some((Some(normalized_site(traffic)?), None)) };
    let (program, site) = match rest.rsplit_once('@') {
        Some((program, site)) => (program, Some(normalized_site(site)?)),
        None => (rest, None),
    };
    is_program(program).then(|| (site, Some(program.to_owned())))
}

/// A site as it is compared: an address, or a name in lower case without a dot at its end. `None` if it is neither.
pub fn normalized_site(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(addr) = bare.parse::<IpAddr>() {
        return Some(addr.to_string());
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_text = (1..=MAX_NAME).contains(&name.len()) && !name.contains(['*', '/', ':', '@', '%']);
    let host = is_text.then(|| url::Host::parse(name).ok())??.to_string();
    let is_host = host.len() <= MAX_NAME && host.split('.').all(|label| (1..=63).contains(&label.len()));
    is_host.then_some(host)
}

fn is_program(name: &str) -> bool {
    is_name(name) && !name.contains(['@', '/'])
}

/// The beginning of a text, for an error.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pin(traffic: &str) -> Option<Pin> {
        Pin::parse(traffic, PinTarget::Direct, NodeFallback::Any).ok()
    }

    #[test]
    fn traffic_is_a_site_a_program_or_both() {
        let parts = |text| pin(text).map(|pin| (pin.site, pin.program));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parts("WWW.Example.com."), Some((some("www.example.com"), None)));
        assert_eq!(parts("bücher.example"), Some((some("xn--bcher-kva.example"), None)));
        assert_eq!(parts("[2001:DB8::1]"), Some((some("2001:db8::1"), None)));
        assert_eq!(parts("app:curl"), Some((None, some("curl"))));
        assert_eq!(parts("app:Web Content@a.test"), Some((some("a.test"), some("Web Content"))));
        for text in [
            "",
            ".",
            "a..b",
            "a b",
            "*.a.test",
            "http://a.test",
            "a.test:80",
            "app:",
            "app:@a.test",
            "app:a@",
            "app:a/b",
            "app: a",
            "app:a\nb",
            "x@y",
        ] {
            assert_eq!(parts(text), None, "{text:?}");
        }
        assert!(pin(&"a.".repeat(200)).is_none());
        assert!(pin(&format!("app:{}", "x".repeat(256))).is_none());
    }

    #[test]
    fn a_fallback_fits_its_target() {
        let fits = |to: &str, fallback| Pin::parse("a.test", to.parse().unwrap(), fallback).is_ok();
        for fallback in NodeFallback::ALL {
            assert!(fits("node:0123456789ab", fallback));
            assert_eq!(fits("country:jp", fallback), matches!(fallback, NodeFallback::Any | NodeFallback::Fail));
            assert_eq!(fits("block", fallback), fallback == NodeFallback::Any);
            assert_eq!(fallback.as_str().parse(), Ok(fallback));
        }
        for text in ["", "node:", "node:xyz", "group:", "country:jpn", "japan", "group:a\u{7}"] {
            assert_eq!(text.parse::<PinTarget>(), Err(NotAPinTarget), "{text}");
        }
    }

    #[test]
    fn settings_with_pins_survive_and_bounds_hold() {
        let text = r#"[{"program":"curl","site":"a.test","to":"country:JP","else":"fail"},{"site":"b.test","to":"direct","until":"2026-01-02T03:04:05Z"}]"#;
        let settings = Settings::default().with("pins", text).unwrap();
        assert_eq!(settings.pins[0].to_string(), "app:curl@a.test → country:JP else fail");
        let ended = ["2026-01-02T03:04:04Z", "2026-01-02T03:04:05Z"]
            .map(|now| settings.pins.iter().filter(|pin| pin.has_ended(now.parse().unwrap())).count());
        assert_eq!(ended, [0, 1]);
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
        for wrong in [
            "[{}]",
            "3",
            r#"[{"to":"direct"}]"#,
            r#"[{"site":"a b","to":"direct"}]"#,
            r#"[{"site":"a","to":"x"}]"#,
            r#"[{"site":"a","to":"direct","else":"fail"}]"#,
            r#"[{"site":"a","to":"direct","when":1}]"#,
            r#"[{"site":"a","to":"direct","until":"tomorrow"}]"#,
        ] {
            assert_eq!(Settings::default().with("pins", wrong).unwrap_err().key, "pins", "{wrong}");
        }
        let many = format!("[{}]", vec![r#"{"site":"a.test","to":"block"}"#; MAX_PINS + 1].join(","));
        assert!(Settings::default().with("pins", &many).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_survives(text in "(app:)?.{0,40}(@.{0,20})?") {
            if let Some(first) = pin(&text) {
                let again = pin(&first.traffic());
                prop_assert_eq!(again.as_ref(), Some(&first));
                prop_assert!(first.is_for(&text));
            }
        }

        #[test]
        fn any_target_is_refused_or_survives(text in "(node:|group:|country:)?.{0,20}") {
            if let Ok(target) = text.parse::<PinTarget>() {
                prop_assert_eq!(target.to_string().parse(), Ok(target));
            }
        }
    }
}
