//! Sentences about routing: which rule matches an address, which member serves a site and why.

use jiff::tz::TimeZone;

use super::labels::{self, member_reason, one_line};
use super::{Locale, tr, units};
use crate::model::Strategy;
use crate::model::door::DoorView;
use crate::model::pin::PinView;
use crate::model::route::{ExplainedRoute, Route, RuleSource};
use crate::model::site::{SitePlacement, SiteView};
use crate::model::why::{RankReason, RankedMember, RuleTestResult, Why};

/// The rule that matches an address, and where it goes.
pub fn ruled(locale: Locale, ruled: &RuleTestResult) -> String {
    let script = tr!(locale, "rules-script", way = outbound(locale, &ruled.script));
    let gateway = tr!(locale, "rules-gateway", way = outbound(locale, &ruled.gateway));
    format!("{script}\n{gateway}")
}

/// An outbound, and the rule that chose it.
fn outbound(locale: Locale, ruling: &ExplainedRoute) -> String {
    let route = match ruling.route {
        Route::Pool => tr!(locale, "rules-pool"),
        Route::Direct => tr!(locale, "rules-direct"),
        Route::Block => tr!(locale, "rules-block"),
    };
    tr!(locale, "rules-way", route = route, rule = rule(locale, ruling))
}

fn rule(locale: Locale, ruling: &ExplainedRoute) -> String {
    let Some(place) = ruling.rule else { return tr!(locale, "rules-none") };
    let list = match place.source {
        RuleSource::BuiltIn => return tr!(locale, "rules-built-in"),
        RuleSource::User => tr!(locale, "rules-user"),
        RuleSource::List => tr!(locale, "rules-list"),
        RuleSource::Acl => tr!(locale, "rules-acl"),
        RuleSource::Pin => tr!(locale, "rules-pins"),
        RuleSource::Door => return tr!(locale, "connection-through-door", door = one_line(&ruling.text)),
    };
    tr!(locale, "rules-line", list = list, line = place.line, text = one_line(&ruling.text))
}

/// Which member serves a site.
pub fn served(locale: Locale, why: &Why) -> String {
    let site = one_line(&why.site);
    if why.ruling.route != Route::Pool {
        return tr!(locale, "why-route", site = site, way = outbound(locale, &why.ruling));
    }
    let first = why.members.first().filter(|place| place.turn.is_some());
    let Some(first) = first else { return tr!(locale, "why-no-node", site = site) };
    if first.because == RankReason::Pinned {
        return tr!(
            locale,
            "why-served-by-pin",
            site = site,
            node = one_line(&first.member.name),
            pin = one_line(&why.ruling.text)
        );
    }
    if first.because == RankReason::Door {
        let (node, door) = (one_line(&first.member.name), one_line(&why.ruling.text));
        return tr!(locale, "why-served-by-door", site = site, node = node, door = door);
    }
    let rule = match why.strategy {
        Strategy::Smart => tr!(locale, "why-smart"),
        Strategy::Sticky => tr!(locale, "why-sticky"),
        Strategy::RoundRobin => tr!(locale, "why-round-robin"),
        Strategy::Random => tr!(locale, "why-random"),
        Strategy::LeastConnections => tr!(locale, "why-least-connections"),
        Strategy::LeastCpu => tr!(locale, "why-least-cpu"),
        Strategy::Fastest => tr!(locale, "why-fastest"),
        Strategy::Failover => tr!(locale, "why-failover"),
    };
    let (node, strategy) = (one_line(&first.member.name), why.strategy.as_str());
    tr!(locale, "why-served", site = site, node = node, strategy = strategy, rule = rule)
}

/// The nodes of a door, or its strategy.
pub fn door_nodes(locale: Locale, view: &DoorView) -> String {
    let to = view.door.to.as_ref().map(|to| one_line(view.node_name.as_deref().unwrap_or(&to.to_string())));
    match (to, view.door.strategy) {
        (Some(to), None) => to,
        (Some(to), Some(strategy)) => tr!(locale, "rules-way", route = to, rule = labels::strategy(locale, strategy)),
        (None, strategy) => strategy.map(|strategy| labels::strategy(locale, strategy)).unwrap_or_default(),
    }
}

/// Whether a door works.
pub fn door_state(locale: Locale, view: &DoorView) -> String {
    match view.working {
        _ if view.door.listen.is_some() && !view.listening => tr!(locale, "door-closed"),
        None => tr!(locale, "door-by-strategy"),
        Some(0) if view.is_unserved() => tr!(locale, "door-no-node"),
        Some(0) => tr!(locale, "door-unused"),
        Some(count) => tr!(locale, "door-working", count = count),
    }
}

/// The pins, a line for each.
pub fn pins(locale: Locale, pins: &[PinView], zone: &TimeZone) -> String {
    if pins.is_empty() {
        return tr!(locale, "pins-none");
    }
    let line = |view: &PinView| {
        let name = view.name.as_deref().map(one_line);
        let to = name.unwrap_or_else(|| one_line(&view.pin.to.to_string()));
        let fallback = view.pin.fallback.as_str();
        let traffic = one_line(&view.pin.traffic());
        let pin = match view.working {
            None => tr!(locale, "pin-line-no-node", traffic = traffic, to = to),
            Some(_) => tr!(locale, "pin-line", traffic = traffic, to = to, fallback = fallback),
        };
        let pin = match view.pin.until {
            None => pin,
            Some(until) => tr!(locale, "pin-until", pin = pin, until = units::time(until.as_millisecond(), zone)),
        };
        match view.working {
            None | Some(1..) => pin,
            Some(0) => tr!(locale, "pin-not-running", pin = pin),
        }
    };
    let numbered = (1..).zip(pins).map(|(place, view): (usize, _)| format!("{place}. {}", line(view)));
    numbered.collect::<Vec<_>>().join("\n")
}

/// Why a member has its rank.
pub fn because(locale: Locale, place: &RankedMember) -> String {
    let reason = member_reason(locale, &place.member);
    match place.because {
        RankReason::Assigned => tr!(locale, "why-assigned"),
        RankReason::Pinned => tr!(locale, "why-pinned"),
        RankReason::Door => tr!(locale, "why-door"),
        RankReason::Crowded => tr!(locale, "why-crowded"),
        RankReason::Suspect => tr!(locale, "why-suspect", reason = reason),
        RankReason::NotServing => reason,
        RankReason::BestForSite => match place.site_ms {
            Some(millis) => tr!(locale, "why-best-for-site", time = units::millis(locale, millis)),
            None => tr!(locale, "why-site-node"),
        },
        RankReason::NewSite => tr!(locale, "why-new-site"),
        RankReason::SameFamily => tr!(locale, "why-same-family"),
        RankReason::MovedFaster => tr!(locale, "why-moved-faster", node = moved_from(place)),
        RankReason::MovedFailed => tr!(locale, "why-moved-failed", node = moved_from(place)),
        RankReason::MovedGone => tr!(locale, "why-moved-gone", node = moved_from(place)),
        RankReason::SiteFails => tr!(locale, "why-site-fails"),
        RankReason::Strategy => String::new(),
    }
}

fn moved_from(place: &RankedMember) -> String {
    one_line(place.moved_from.as_deref().unwrap_or("-"))
}

/// The name of the node that a site is on.
pub fn site_node(site: &SiteView) -> String {
    site.node_name.as_deref().map_or_else(|| site.node.to_string(), one_line)
}

/// Why a site is on its node.
pub fn placement(locale: Locale, site: &SiteView) -> String {
    let from = || match (&site.from_name, &site.from) {
        (Some(name), _) => one_line(name),
        (None, Some(id)) => id.to_string(),
        (None, None) => "-".to_owned(),
    };
    match site.placement {
        SitePlacement::New => tr!(locale, "why-site-node"),
        SitePlacement::Family => tr!(locale, "why-same-family"),
        SitePlacement::Faster => tr!(locale, "why-moved-faster", node = from()),
        SitePlacement::Failed => tr!(locale, "why-moved-failed", node = from()),
        SitePlacement::Gone => tr!(locale, "why-moved-gone", node = from()),
    }
}
