//! How things stand, in one look: the icon's face, the line that tells the truth.
//!
//! Pure: what is known of the engine in, a [`Standing`] out. The worst that is true wins, so that face and
//! line never look better than things are.

use super::{Locale, Localize, tr, units, words};
use crate::model::snapshot::{GatewayView, MemberState, MemberView, Network};
use crate::model::{Fault, Snapshot};

/// What is known of the engine.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// Nothing was heard of it yet.
    Awaited,
    /// It runs, and this is true.
    Running(&'a Snapshot),
    /// It ran and has ended, or there never was one.
    Gone,
}

/// What the icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// No traffic is wanted.
    Off,
    /// It is wanted, and nothing went through yet.
    Connecting,
    /// Through one node.
    On,
    /// Through several.
    Cluster,
    /// Through fewer than wanted.
    Degraded,
    /// This machine's own network is down.
    NetworkDown,
    /// Nothing goes through, or there is no engine.
    Error,
}

/// How things stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<'a> {
    /// The engine is awaited.
    Starting,
    /// The engine has ended.
    Gone,
    /// What the user wants does not hold.
    Trouble(&'a Fault),
    /// There is no node yet.
    NoNode,
    /// No traffic is wanted.
    Off,
    /// This machine's own network is down.
    NetworkDown,
    /// It wants a login first.
    Portal,
    /// Members are on their way.
    Connecting,
    /// There are members, and none works.
    Failing(usize),
    /// Through one node.
    Single(&'a MemberView, &'a GatewayView),
    /// Through several; fewer than wanted where `serving` is less than `size`.
    Cluster {
        /// Members that work.
        serving: usize,
        /// Members that are wanted.
        size: usize,
        /// What goes through.
        gateway: &'a GatewayView,
    },
}

impl<'a> Standing<'a> {
    /// How things stand by what is known; `trouble` is why what the user wants does not hold.
    pub fn of(seen: Seen<'a>, trouble: Option<&'a Fault>) -> Self {
        match seen {
            Seen::Awaited => Self::Starting,
            Seen::Gone => trouble.map_or(Self::Gone, Self::Trouble),
            Seen::Running(snapshot) => Self::of_engine(snapshot, trouble),
        }
    }

    fn of_engine(snapshot: &'a Snapshot, trouble: Option<&'a Fault>) -> Self {
        let wants_and_has_not = snapshot.active && !snapshot.gateway.listening;
        match trouble {
            Some(fault) if wants_and_has_not => return Self::Trouble(fault),
            Some(_) | None => {}
        }
        if snapshot.nodes == 0 {
            return Self::NoNode;
        }
        if !snapshot.active {
            return Self::Off;
        }
        match snapshot.health.network {
            Network::Down => Self::NetworkDown,
            Network::Portal => Self::Portal,
            Network::Up | Network::Unknown => Self::of_pool(snapshot),
        }
    }

    fn of_pool(snapshot: &'a Snapshot) -> Self {
        let serving = |member: &&MemberView| member.state.is_serving();
        let is_broken = |member: &MemberView| match member.state {
            MemberState::Suspect | MemberState::Ejected | MemberState::Restarting => true,
            MemberState::Starting | MemberState::Warming | MemberState::Serving | MemberState::Draining => false,
        };
        let members = &snapshot.members;
        let Some(first) = members.iter().find(serving) else {
            let is_hopeless = !members.is_empty() && members.iter().all(is_broken);
            return if is_hopeless { Self::Failing(members.len()) } else { Self::Connecting };
        };
        if !snapshot.connected {
            return Self::Connecting;
        }
        let gateway = &snapshot.gateway;
        if !snapshot.cluster.on {
            return Self::Single(first, gateway);
        }
        Self::Cluster { serving: members.iter().filter(serving).count(), size: snapshot.cluster.size, gateway }
    }

    /// What the icon shows.
    pub fn face(&self) -> Face {
        match self {
            Self::Starting | Self::Connecting => Face::Connecting,
            Self::Gone | Self::Trouble(_) | Self::Failing(_) => Face::Error,
            Self::NoNode | Self::Off => Face::Off,
            Self::NetworkDown | Self::Portal => Face::NetworkDown,
            Self::Single(..) => Face::On,
            Self::Cluster { serving, size, .. } if serving < size => Face::Degraded,
            Self::Cluster { .. } => Face::Cluster,
        }
    }

    /// The line that tells the truth: the menu's first, the tooltip, the head of the window.
    pub fn line(&self, locale: Locale) -> String {
        match self {
            Self::Starting => tr!(locale, "standing-starting"),
            Self::Gone => tr!(locale, "standing-gone"),
            Self::Trouble(fault) => tr!(locale, "standing-trouble", why = fault.localize(locale)),
            Self::NoNode => tr!(locale, "standing-no-node"),
            Self::Off => tr!(locale, "standing-off"),
            Self::NetworkDown => tr!(locale, "standing-network-down"),
            Self::Portal => tr!(locale, "standing-portal"),
            Self::Connecting => tr!(locale, "standing-connecting"),
            Self::Failing(members) => tr!(locale, "standing-failing", members = *members),
            Self::Single(member, _) => {
                let name = words::named(&member.name, &member.id);
                match member.latency_ms {
                    Some(millis) => {
                        tr!(locale, "standing-single", node = name, latency = units::millis(locale, millis))
                    }
                    None => name,
                }
            }
            Self::Cluster { serving, size, .. } => tr!(locale, "standing-cluster", serving = *serving, size = *size),
        }
    }

    /// The line, with what goes through while something does: where there is no other place for it.
    pub fn line_with_rates(&self, locale: Locale) -> String {
        match self {
            Self::Single(_, gateway) | Self::Cluster { gateway, .. } => with_rates(locale, self.line(locale), gateway),
            Self::Starting
            | Self::Gone
            | Self::Trouble(_)
            | Self::NoNode
            | Self::Off
            | Self::NetworkDown
            | Self::Portal
            | Self::Connecting
            | Self::Failing(_) => self.line(locale),
        }
    }
}

/// Rates stand there while there are any.
fn with_rates(locale: Locale, line: String, gateway: &GatewayView) -> String {
    if gateway.up_rate == 0 && gateway.down_rate == 0 {
        return line;
    }
    let (down, up) = (units::rate(locale, gateway.down_rate), units::rate(locale, gateway.up_rate));
    tr!(locale, "standing-rates", line = line, down = down, up = up)
}
