//! The connection state at a glance: the icon and the status line.
//!
//! Pure: the state of the engine comes in, a [`ConnectionStatus`] comes out. The worst condition wins, so that icon and
//! line never look better than the state is.

use super::{Locale, Localize, labels, tr, units};
use crate::model::snapshot::{GatewayView, MemberState, MemberView, Network};
use crate::model::{Fault, Snapshot};

/// What is known of the engine.
#[derive(Clone, Copy, Debug)]
pub enum EnginePresence<'a> {
    /// Nothing has arrived from it yet.
    Unknown,
    /// It is running; this is its latest snapshot.
    Running(&'a Snapshot),
    /// It has ended, or could not be reached.
    Unavailable,
}

/// What the icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusIcon {
    /// Turned off.
    Off,
    /// Turned on, and no member has proven itself yet.
    Connecting,
    /// Connected through one node.
    On,
    /// Connected through several nodes.
    Cluster,
    /// Connected through fewer nodes than configured.
    Degraded,
    /// The local network is down.
    NetworkDown,
    /// No node works, or no engine is running.
    Error,
}

/// The connection state.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionStatus<'a> {
    /// Waiting for the engine.
    Starting,
    /// The engine has ended.
    EngineStopped,
    /// The settings cannot be applied.
    Error(&'a Fault),
    /// There are no nodes.
    NoNode,
    /// Turned off.
    Off,
    /// The local network is down.
    NetworkDown,
    /// The local network requires a login first.
    Portal,
    /// Members are starting.
    Connecting,
    /// There are this many members, and none works.
    Failing(usize),
    /// Connected through one node.
    Single(&'a MemberView, &'a GatewayView),
    /// Connected through several nodes; degraded if `serving` is less than `size`.
    Cluster {
        /// Members that work.
        serving: usize,
        /// Members that are configured.
        size: usize,
        /// Traffic and addresses.
        gateway: &'a GatewayView,
    },
}

impl<'a> ConnectionStatus<'a> {
    /// The connection state for what is known of the engine; `fault` is why the settings cannot be applied.
    pub fn of(presence: EnginePresence<'a>, fault: Option<&'a Fault>) -> Self {
        match presence {
            EnginePresence::Unknown => Self::Starting,
            EnginePresence::Unavailable => fault.map_or(Self::EngineStopped, Self::Error),
            EnginePresence::Running(snapshot) => Self::of_engine(snapshot, fault),
        }
    }

    fn of_engine(snapshot: &'a Snapshot, fault: Option<&'a Fault>) -> Self {
        let wants_and_has_not = snapshot.active && !snapshot.gateway.listening;
        match fault {
            Some(fault) if wants_and_has_not => return Self::Error(fault),
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

    /// The icon.
    pub fn icon(&self) -> StatusIcon {
        match self {
            Self::Starting | Self::Connecting => StatusIcon::Connecting,
            Self::EngineStopped | Self::Error(_) | Self::Failing(_) => StatusIcon::Error,
            Self::NoNode | Self::Off => StatusIcon::Off,
            Self::NetworkDown | Self::Portal => StatusIcon::NetworkDown,
            Self::Single(..) => StatusIcon::On,
            Self::Cluster { serving, size, .. } if serving < size => StatusIcon::Degraded,
            Self::Cluster { .. } => StatusIcon::Cluster,
        }
    }

    /// The status line: the menu's first entry, the tooltip, the header of the window.
    pub fn line(&self, locale: Locale) -> String {
        match self {
            Self::Starting => tr!(locale, "status-starting"),
            Self::EngineStopped => tr!(locale, "status-engine-stopped"),
            Self::Error(fault) => tr!(locale, "status-error", why = fault.localize(locale)),
            Self::NoNode => tr!(locale, "status-no-node"),
            Self::Off => tr!(locale, "status-off"),
            Self::NetworkDown => tr!(locale, "status-network-down"),
            Self::Portal => tr!(locale, "status-portal"),
            Self::Connecting => tr!(locale, "status-connecting"),
            Self::Failing(members) => tr!(locale, "status-failing", members = *members),
            Self::Single(member, _) => {
                let name = labels::named(&member.name, &member.id);
                match member.latency_ms {
                    Some(millis) => {
                        tr!(locale, "status-single", node = name, latency = units::millis(locale, millis))
                    }
                    None => name,
                }
            }
            Self::Cluster { serving, size, .. } => tr!(locale, "status-cluster", serving = *serving, size = *size),
        }
    }

    /// The status line with the current rates, if there is traffic: for places that have no other room for them.
    pub fn line_with_rates(&self, locale: Locale) -> String {
        match self {
            Self::Single(_, gateway) | Self::Cluster { gateway, .. } => with_rates(locale, self.line(locale), gateway),
            Self::Starting
            | Self::EngineStopped
            | Self::Error(_)
            | Self::NoNode
            | Self::Off
            | Self::NetworkDown
            | Self::Portal
            | Self::Connecting
            | Self::Failing(_) => self.line(locale),
        }
    }
}

/// Appends the rates while there is traffic.
fn with_rates(locale: Locale, line: String, gateway: &GatewayView) -> String {
    if gateway.up_rate == 0 && gateway.down_rate == 0 {
        return line;
    }
    let (down, up) = (units::rate(locale, gateway.down_rate), units::rate(locale, gateway.up_rate));
    tr!(locale, "status-rates", line = line, down = down, up = up)
}
