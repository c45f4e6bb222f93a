//! Which events are worth a desktop notification: pure rules that take the time and show nothing.
//!
//! One class of notice is shown at most once in five minutes; the next one then says how many were suppressed. Results
//! of the user's own actions are always shown.

use crate::i18n::{Locale, Localize, labels, subscriptions, tr};
use crate::model::event::Eviction;
use crate::model::settings::Notices;
use crate::model::subscription::ListChanges;
use crate::model::{Event, EventKind, Fault, FaultCode, NodeId, PluginRequest};

/// Milliseconds for which further notices of a class are suppressed.
const RATE_LIMIT: i64 = 5 * 60 * 1000;

/// A notice to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub kind: NoticeKind,
    /// How many notices of the same class were suppressed since the last one.
    pub suppressed: usize,
}

/// What a notice is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A member was evicted from the pool.
    Evicted {
        /// The member's node.
        id: NodeId,
        /// The node's name.
        name: String,
        /// Why.
        reason: Eviction,
        /// The name of the node in its place.
        replacement: Option<String>,
    },
    /// The pool has fewer members than configured.
    Short {
        /// Members in the pool.
        have: usize,
        /// Members configured.
        want: usize,
    },
    /// No member works.
    Empty,
    /// None of the nodes of a door works.
    DoorUnserved {
        /// The door's name.
        name: String,
    },
    /// A node of that door works again.
    DoorServed {
        /// The door's name.
        name: String,
    },
    /// The local network is down.
    NetworkDown,
    /// The local network requires a login first (captive portal).
    Portal {
        /// The login page; empty if unknown.
        location: String,
    },
    /// The local network is back.
    NetworkBack,
    /// The settings cannot be applied.
    Error(Fault),
    /// Another program has changed the desktop's proxy, and it was not changed back.
    LeftAlone,
    /// No rule list could be downloaded; the previous one stays in use.
    NoList(Fault),
    /// Nodes were imported.
    Imported {
        /// Number of new nodes.
        added: usize,
        /// Number of nodes that existed already.
        known: usize,
        /// Number of rejected lines.
        refused: usize,
    },
    /// A subscription was updated and its list has changed.
    Updated {
        /// Its name.
        name: String,
        /// What changed.
        changes: ListChanges,
    },
    /// A subscription update failed.
    NotUpdated {
        /// Its name.
        name: String,
        /// Why.
        fault: Fault,
    },
    /// A node cannot start before the user allows its plugin.
    PluginWaits {
        /// The node's name.
        name: String,
        /// The plugin.
        request: PluginRequest,
    },
    /// An update of all subscriptions that the user started has changed nothing.
    UpToDate,
    /// The chosen node was removed from its subscription, and another one was chosen.
    Succeeded {
        /// The old node's name.
        old: String,
        /// The new node.
        id: NodeId,
        /// The new node's name.
        name: String,
    },
}

/// A class of notices, which are rate limited together; most have a switch in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoticeClass {
    Members,
    Pool,
    DoorUnserved,
    DoorServed,
    NetworkDown,
    NetworkBack,
    Port,
    Desktop,
    Rules,
    Import,
    Subscription,
}

/// Decides which notices to show; remembers when each class was last shown.
#[derive(Debug, Default)]
pub struct Notifier {
    shown: Vec<NoticeRecord>,
}

#[derive(Debug)]
struct NoticeRecord {
    class: NoticeClass,
    at: i64,
    suppressed: usize,
}

impl Notifier {
    /// The notice for an event, if one is to be shown. `now` is in Unix milliseconds.
    pub fn on_event(&mut self, event: &Event, wanted: Notices, now: i64) -> Option<Notice> {
        self.notice_for(notice_kind(&event.kind)?, wanted, now)
    }

    /// The notice for `kind`, unless it is switched off or suppressed. `now` is in Unix milliseconds.
    pub fn notice_for(&mut self, kind: NoticeKind, wanted: Notices, now: i64) -> Option<Notice> {
        let class = kind.class();
        if !class.is_wanted(wanted) {
            return None;
        }
        let suppressed = match self.shown.iter_mut().find(|shown| shown.class == class) {
            Some(shown) if class != NoticeClass::Import && (0..RATE_LIMIT).contains(&(now - shown.at)) => {
                shown.suppressed += 1;
                return None;
            }
            Some(shown) => {
                shown.at = now;
                std::mem::take(&mut shown.suppressed)
            }
            None => {
                self.shown.push(NoticeRecord { class, at: now, suppressed: 0 });
                0
            }
        };
        Some(Notice { kind, suppressed })
    }
}

fn notice_kind(kind: &EventKind) -> Option<NoticeKind> {
    match kind {
        EventKind::MemberEvicted { id, name, reason, replacement } => {
            let (id, name, reason) = (id.clone(), name.clone(), reason.clone());
            Some(NoticeKind::Evicted { id, name, reason, replacement: replacement.clone() })
        }
        EventKind::PoolShort { have, want } => Some(NoticeKind::Short { have: *have, want: *want }),
        EventKind::DoorUnserved { name } => Some(NoticeKind::DoorUnserved { name: name.clone() }),
        EventKind::DoorServed { name } => Some(NoticeKind::DoorServed { name: name.clone() }),
        EventKind::NetworkDown => Some(NoticeKind::NetworkDown),
        EventKind::CaptivePortal { location } => Some(NoticeKind::Portal { location: location.clone() }),
        EventKind::NetworkBack => Some(NoticeKind::NetworkBack),
        EventKind::AllNodesFail { .. } => Some(NoticeKind::Empty),
        EventKind::NotApplied { fault } | EventKind::NotSaved { fault } | EventKind::ProxyFailed { fault } => {
            Some(NoticeKind::Error(fault.clone()))
        }
        EventKind::ProxyLeftAlone => Some(NoticeKind::LeftAlone),
        EventKind::ListNotFetched { fault } => Some(NoticeKind::NoList(fault.clone())),
        EventKind::Imported { added, known, refused } => {
            Some(NoticeKind::Imported { added: *added, known: *known, refused: *refused })
        }
        EventKind::SubscriptionUpdated { name, changes } if changes.is_news() => {
            Some(NoticeKind::Updated { name: name.clone(), changes: changes.clone() })
        }
        EventKind::SubscriptionFailed { name, fault } => {
            Some(NoticeKind::NotUpdated { name: name.clone(), fault: fault.clone() })
        }
        EventKind::PluginNotAllowed { name, request, .. } => {
            Some(NoticeKind::PluginWaits { name: name.clone(), request: request.clone() })
        }
        EventKind::ChosenNodeReplaced { old, id, name } => {
            Some(NoticeKind::Succeeded { old: old.clone(), id: id.clone(), name: name.clone() })
        }
        EventKind::SubscriptionUpdated { .. }
        | EventKind::SubscriptionRemoved { .. }
        | EventKind::SelectedNodeGone { .. }
        | EventKind::EngineStarted { .. }
        | EventKind::TookOver { .. }
        | EventKind::EngineStopping
        | EventKind::Saved
        | EventKind::GatewayOpened { .. }
        | EventKind::GatewayClosed
        | EventKind::DescriptorsExhausted { .. }
        | EventKind::ConnectionLimitReached { .. }
        | EventKind::LoginsRefused { .. }
        | EventKind::Connected { .. }
        | EventKind::Disconnected
        | EventKind::MemberReady { .. }
        | EventKind::MemberExited { .. }
        | EventKind::MemberFailed { .. }
        | EventKind::MemberSuspected { .. }
        | EventKind::MemberEjected { .. }
        | EventKind::MemberRecovered { .. }
        | EventKind::ModeChanged { .. }
        | EventKind::ListFetched { .. }
        | EventKind::ProxySet { .. }
        | EventKind::ProxyReturned
        | EventKind::ProxyRepaired
        | EventKind::SettingsChanged { .. }
        | EventKind::Restored { .. }
        | EventKind::NodeRemoved { .. }
        | EventKind::NodesRestored { .. }
        | EventKind::NodesChanged
        | EventKind::PinEnded { .. }
        | EventKind::SiteTried { .. }
        | EventKind::PageRequested { .. }
        | EventKind::FileSetAside { .. } => None,
    }
}

impl NoticeKind {
    fn class(&self) -> NoticeClass {
        match self {
            Self::Evicted { .. } | Self::Succeeded { .. } => NoticeClass::Members,
            Self::Short { .. } | Self::Empty => NoticeClass::Pool,
            Self::DoorUnserved { .. } => NoticeClass::DoorUnserved,
            Self::DoorServed { .. } => NoticeClass::DoorServed,
            Self::NetworkDown | Self::Portal { .. } => NoticeClass::NetworkDown,
            Self::NetworkBack => NoticeClass::NetworkBack,
            Self::Error(fault) if fault.code == FaultCode::DesktopProxy => NoticeClass::Desktop,
            Self::Error(_) => NoticeClass::Port,
            Self::LeftAlone => NoticeClass::Desktop,
            Self::NoList(_) => NoticeClass::Rules,
            Self::Imported { .. } | Self::PluginWaits { .. } => NoticeClass::Import,
            Self::Updated { .. } | Self::NotUpdated { .. } | Self::UpToDate => NoticeClass::Subscription,
        }
    }
}

impl NoticeClass {
    fn is_wanted(self, wanted: Notices) -> bool {
        match self {
            Self::Members => wanted.members,
            Self::Pool | Self::DoorUnserved | Self::DoorServed => wanted.pool,
            Self::NetworkDown | Self::NetworkBack => wanted.network,
            Self::Port => wanted.port,
            Self::Desktop => wanted.desktop,
            Self::Rules => wanted.rules,
            Self::Import => wanted.import,
            Self::Subscription => wanted.subscription,
        }
    }
}

impl Notice {
    /// Title and text in the user's language.
    pub fn words(&self, locale: Locale) -> (String, String) {
        let (title, text) = self.kind.words(locale);
        if self.suppressed == 0 {
            return (title, text);
        }
        (title, tr!(locale, "notice-suppressed", text = text, times = self.suppressed))
    }
}

impl NoticeKind {
    fn words(&self, locale: Locale) -> (String, String) {
        match self {
            Self::Evicted { id, name, reason, replacement } => {
                let (old, why) = (labels::named(name, id), reason.localize(locale));
                match replacement {
                    Some(new) => (tr!(locale, "notice-replaced", old = old, new = labels::one_line(new)), why),
                    None => (tr!(locale, "notice-evicted", old = old), why),
                }
            }
            Self::Short { have, want } => {
                (tr!(locale, "notice-short"), tr!(locale, "notice-short-text", have = *have, want = *want))
            }
            Self::Empty => (tr!(locale, "notice-empty"), tr!(locale, "notice-empty-text")),
            Self::DoorUnserved { name } => {
                let title = tr!(locale, "notice-door-unserved", door = labels::one_line(name));
                (title, tr!(locale, "notice-door-unserved-text"))
            }
            Self::DoorServed { name } => {
                (tr!(locale, "notice-door-served", door = labels::one_line(name)), String::new())
            }
            Self::NetworkDown => (tr!(locale, "status-network-down"), tr!(locale, "notice-network-down-text")),
            Self::Portal { location } => (tr!(locale, "status-portal"), labels::one_line(location)),
            Self::NetworkBack => (tr!(locale, "notice-network-back"), String::new()),
            Self::Error(fault) if fault.code == FaultCode::PortInUse => {
                (tr!(locale, "notice-port"), fault.detail(locale))
            }
            Self::Error(fault) => (tr!(locale, "notice-error"), fault.localize(locale)),
            Self::LeftAlone => (tr!(locale, "notice-left-alone"), tr!(locale, "notice-left-alone-text")),
            Self::NoList(fault) => (tr!(locale, "notice-no-list"), fault.detail(locale)),
            Self::Imported { added, known, refused } => {
                (tr!(locale, "notice-import"), labels::imported(locale, *added, *known, *refused))
            }
            Self::Updated { name, changes } => {
                let title = tr!(locale, "notice-subscription-updated", name = labels::one_line(name));
                (title, subscriptions::changes(locale, changes))
            }
            Self::NotUpdated { name, fault } => {
                let title = tr!(locale, "notice-subscription-failed", name = labels::one_line(name));
                (title, fault.localize(locale))
            }
            Self::PluginWaits { name, request } => {
                let title = tr!(locale, "notice-plugin", name = labels::one_line(name));
                (title, request.localize(locale))
            }
            Self::UpToDate => (tr!(locale, "page-subscriptions"), tr!(locale, "notice-subscriptions-same")),
            Self::Succeeded { old, id, name } => {
                let (old, new) = (labels::one_line(old), labels::named(name, id));
                (tr!(locale, "notice-replaced", old = old, new = new), tr!(locale, "notice-no-longer-listed"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Stage, SystemError};

    fn evicted(name: &str) -> Event {
        let kind = EventKind::MemberEvicted {
            id: NodeId::from_text("80e7d5f04d77"),
            name: name.into(),
            reason: Eviction::CheckFailed { failure: Failure::new(Stage::Tcp, SystemError::Refused) },
            replacement: Some("Osaka".into()),
        };
        Event { at: 0, kind }
    }

    #[test]
    fn a_replacement_notice_names_both_nodes_and_the_reason() {
        let notice = Notifier::default().on_event(&evicted("Tokyo"), Notices::default(), 0).unwrap();
        let (title, text) = notice.words(Locale::English);
        assert_eq!(title, "Osaka replaces Tokyo");
        assert_eq!(text, "health checks failed: TCP: connection refused");
        let (title, text) = notice.words(Locale::SimplifiedChinese);
        assert_eq!((&*title, &*text), ("Osaka 已接替 Tokyo", "健康检查失败：TCP：连接被拒绝"));
    }

    #[test]
    fn repeated_events_cause_one_notice_with_a_count() {
        let mut notifier = Notifier::default();
        let mut notices =
            (0..20).filter_map(|nth| notifier.on_event(&evicted("Tokyo"), Notices::default(), nth * 3_000));
        assert!(notices.next().is_some_and(|notice| notice.suppressed == 0));
        assert_eq!(notices.next(), None);
        let later = notifier.on_event(&evicted("Lima"), Notices::default(), RATE_LIMIT).unwrap();
        assert_eq!(later.suppressed, 19);
        assert!(later.words(Locale::English).1.ends_with("(19 more since the last notification)"));
    }

    #[test]
    fn a_clock_that_is_set_back_suppresses_nothing() {
        let mut notifier = Notifier::default();
        assert!(notifier.on_event(&evicted("Tokyo"), Notices::default(), 1_000_000).is_some());
        assert!(notifier.on_event(&evicted("Tokyo"), Notices::default(), 0).is_some());
    }

    #[test]
    fn every_import_causes_a_notice() {
        let imported = Event { at: 0, kind: EventKind::Imported { added: 2, known: 0, refused: 0 } };
        let mut notifier = Notifier::default();
        assert!((0..2).all(|now| notifier.on_event(&imported, Notices::default(), now).is_some()));
    }

    #[test]
    fn a_class_can_be_turned_off() {
        let wanted = Notices { members: false, ..Notices::default() };
        let mut notifier = Notifier::default();
        assert_eq!(notifier.on_event(&evicted("Tokyo"), wanted, 0), None);
        assert!(notifier.notice_for(NoticeKind::NetworkDown, wanted, 0).is_some());
        assert!(notifier.notice_for(NoticeKind::NetworkBack, wanted, 1).is_some());
        assert_eq!(notifier.notice_for(NoticeKind::NetworkDown, wanted, 2), None);
    }

    #[test]
    fn the_loss_of_a_doors_nodes_and_its_end_are_both_shown() {
        let mut notifier = Notifier::default();
        let (lost, served) =
            (EventKind::DoorUnserved { name: "jp".into() }, EventKind::DoorServed { name: "jp".into() });
        let titles = [lost, served].map(|kind| {
            let event = Event { at: 0, kind };
            let off = Notices { pool: false, ..Notices::default() };
            assert_eq!(notifier.on_event(&event, off, 0), None);
            notifier.on_event(&event, Notices::default(), 0).unwrap().words(Locale::English).0
        });
        assert_eq!(titles, ["No node of the door jp works", "The door jp works again"]);
    }

    #[test]
    fn a_foreign_proxy_and_an_invalid_list_cause_one_notice_each() {
        let mut notifier = Notifier::default();
        let fault = Fault::new(FaultCode::ListNotFetched, "a web page");
        for kind in [EventKind::ProxyLeftAlone, EventKind::ListNotFetched { fault }] {
            let event = Event { at: 0, kind };
            assert!(
                notifier.on_event(&event, Notices { desktop: false, rules: false, ..Notices::default() }, 0).is_none()
            );
            let notice = notifier.on_event(&event, Notices::default(), 0).unwrap();
            let words: std::collections::HashSet<_> = Locale::ALL.map(|locale| notice.words(locale)).into();
            assert_eq!(words.len(), Locale::ALL.len(), "each language has its own words");
            assert_eq!(notifier.on_event(&event, Notices::default(), 1), None);
        }
    }

    #[test]
    fn a_notice_about_a_port_in_use_names_the_program() {
        let fault = Fault::new(FaultCode::PortInUse, "127.0.0.1:1080 is in use by nginx (pid 12)");
        let event = Event { at: 0, kind: EventKind::NotApplied { fault } };
        let notice = Notifier::default().on_event(&event, Notices::default(), 0).unwrap();
        let expected = ("The port is in use".to_owned(), "127.0.0.1:1080 is in use by nginx (pid 12)".to_owned());
        assert_eq!(notice.words(Locale::English), expected);
    }
}
