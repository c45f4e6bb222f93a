//! Doors: further ways into the gateway, each with nodes or a strategy of its own.
//!
//! A client uses a door by its port, if it has one, or at the main port by the door's name as user name.

use std::collections::HashSet;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{ExpectedValue, InvalidValue, NodeFallback, NodeSelector, Settings, Strategy};

/// Maximum number of doors.
pub const MAX_DOORS: usize = 16;

/// Maximum length of a name in bytes.
const MAX_NAME: usize = 64;

/// A door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Its name, which no other door has.
    pub name: String,
    /// Its port; `None` if it is used by its name alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// The nodes of its connections; `None` for those of the pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NodeSelector>,
    /// What happens if none of those nodes works.
    #[serde(default = "fail", rename = "else")]
    pub fallback: NodeFallback,
    /// How its nodes are ordered for a connection; `None` as load balancing does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
}

fn fail() -> NodeFallback {
    NodeFallback::Fail
}

impl Door {
    /// A door without a port, nodes or strategy yet.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), listen: None, to: None, fallback: fail(), strategy: None }
    }

    fn validate(&self) -> Result<(), InvalidValue> {
        if !is_door_name(&self.name) {
            return Err(InvalidValue::new("doors", ExpectedValue::DoorName));
        }
        if self.listen.is_some_and(|addr| addr.port() == 0) {
            return Err(InvalidValue::new("doors", ExpectedValue::Address));
        }
        match &self.to {
            Some(nodes) => self.fallback.check(nodes, "else"),
            None if self.strategy.is_some() => Ok(()),
            None => Err(InvalidValue::new("doors", ExpectedValue::DoorTarget)),
        }
    }
}

impl Settings {
    pub(super) fn validate_doors(&self) -> Result<(), InvalidValue> {
        if self.doors.len() > MAX_DOORS {
            return Err(InvalidValue::new("doors", ExpectedValue::Doors));
        }
        let gateway = &self.gateway;
        let others = [Some(gateway.listen), gateway.http_listen, gateway.metrics];
        let mut ports: HashSet<_> = others.into_iter().flatten().map(|addr| addr.port()).collect();
        let mut names = HashSet::new();
        for door in &self.doors {
            door.validate()?;
            if !names.insert(&door.name) {
                return Err(InvalidValue::new("doors", ExpectedValue::NewDoorName));
            }
            if let Some(addr) = door.listen {
                gateway.may_listen("doors", addr)?;
                if !ports.insert(addr.port()) {
                    return Err(InvalidValue::new("doors", ExpectedValue::OtherPort));
                }
            }
        }
        Ok(())
    }
}

/// Whether a text can be the name of a door: letters, digits, `-`, `_` and `.`, as a user name in a URL needs.
fn is_door_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || ['-', '_', '.'].contains(&letter);
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<Settings, InvalidValue> {
        Settings::default().with("doors", text)
    }

    #[test]
    fn doors_survive_and_bounds_hold() {
        let text =
            r#"[{"name":"jp","listen":"127.0.0.1:1081","to":"country:JP"},{"name":"日本","strategy":"fastest"}]"#;
        let settings = with(text).unwrap();
        assert_eq!((settings.doors[0].fallback, settings.doors[1].fallback), (NodeFallback::Fail, NodeFallback::Fail));
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
        for wrong in [
            "3",
            "[{}]",
            r#"[{"name":"a"}]"#,
            r#"[{"name":"","strategy":"random"}]"#,
            r#"[{"name":"a b","strategy":"random"}]"#,
            r#"[{"name":"a:b","strategy":"random"}]"#,
            r#"[{"name":"a\u202e","strategy":"random"}]"#,
            r#"[{"name":"a","strategy":"best"}]"#,
            r#"[{"name":"a","to":"direct"}]"#,
            r#"[{"name":"a","to":"country:JP","when":1}]"#,
            r#"[{"name":"a","to":"country:JP","listen":"127.0.0.1:0"}]"#,
            r#"[{"name":"a","to":"country:JP","listen":"127.0.0.1:1080"}]"#,
            r#"[{"name":"a","to":"country:JP","listen":"0.0.0.0:1081"}]"#,
            r#"[{"name":"a","to":"country:JP"},{"name":"a","to":"country:US"}]"#,
            r#"[{"name":"a","to":"country:JP","listen":"127.0.0.1:1081"},{"name":"b","to":"country:US","listen":"127.0.0.2:1081"}]"#,
        ] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
        assert!(with(&format!(r#"[{{"name":"{}","strategy":"random"}}]"#, "x".repeat(65))).is_err());
        let many: Vec<_> = (0..=MAX_DOORS).map(|n| format!(r#"{{"name":"d{n}","strategy":"random"}}"#)).collect();
        assert!(with(&format!("[{}]", many.join(","))).is_err());
        assert!(with(&format!("[{}]", many[1..].join(","))).is_ok());
    }

    #[test]
    fn other_devices_need_the_login() {
        let shared = r#"[{"name":"a","strategy":"random","listen":"0.0.0.0:1081"}]"#;
        let login = ("gateway.login", r#"{"user":"me","password":"pw"}"#);
        assert!(Settings::default().with_all([("doors", shared), login]).is_ok());
    }
}
