//! `fix`: tries a site through the nodes, and sends it to one that works for a day.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::engine::calls::{CallId, Completion};
use crate::engine::event_loop::EventLoop;
use crate::engine::nodes::NodeEntry;
use crate::engine::site_checks::{self, PlannedCheck, SiteCheckReport, TriedNode};
use crate::gateway::ExplainedClient;
use crate::model::connection::ConnectionView;
use crate::model::route::RuleSource;
use crate::model::settings::{ExpectedValue, InvalidValue, MAX_PINS, NodeFallback, NodeSelector, Pin, PinTarget};
use crate::model::site_check::{FailedHost, SiteCheck};
use crate::model::{Cause, EventKind, Fault, FaultCode, NoNodeReason, NodeId, Reply, Route, Target};

/// How long a site is sent to the node that was found: what blocks a node today may not do so tomorrow.
const PINNED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Maximum number of hosts whose last connection failed.
const FAILED_HOSTS: usize = 5;

impl EventLoop {
    /// Starts to try a site; the call is answered at the end.
    ///
    /// # Errors
    /// It is no site, the access list decides on it, or there is no node.
    pub(super) fn fix(&mut self, site: &str, call: CallId) -> Result<Completion, Fault> {
        let wrong = || InvalidValue::new(site, ExpectedValue::AddressOrHost);
        let wrong = || Fault::of(FaultCode::BadMessage, Cause::Setting(wrong()));
        let url = site_checks::page(site).ok_or_else(wrong)?;
        let port = url.port_or_known_default().unwrap_or(443);
        let target = url.host_str().and_then(|host| Target::from_host(host, port)).ok_or_else(wrong)?;
        let ruled = self.rules.explain_route(&target);
        if ruled.route != Route::Pool && ruled.rule.is_some_and(|rule| rule.source == RuleSource::Acl) {
            let why = InvalidValue::new(&target.site(), ExpectedValue::NotInAccessList);
            return Err(Fault::of(FaultCode::BadMessage, Cause::Setting(why)));
        }
        let nodes = self.nodes_for(&target)?;
        let url = url.as_str().parse().map_err(|_| wrong())?;
        self.inbox.site_checks.start(call, PlannedCheck { site: target.site(), url, nodes }, self.members.tester());
        Ok(Completion::Later)
    }

    /// The nodes to try for a site, in order.
    fn nodes_for(&self, target: &Target) -> Result<Vec<TriedNode>, Fault> {
        let cluster = &self.settings.cluster;
        let is_usable = |entry: &&Arc<NodeEntry>| {
            let is_in_group = !cluster.on || cluster.group.is_empty() || entry.node.group == cluster.group;
            let may_start = entry.node.plugin_request(&self.settings.members.plugins).is_none();
            is_in_group && may_start && !entry.node.excluded
        };
        let nodes: Vec<_> = self.nodes.entries().iter().filter(is_usable).cloned().collect();
        if nodes.is_empty() {
            let why = if self.nodes.entries().is_empty() { NoNodeReason::NoneYet } else { NoNodeReason::AllExcluded };
            return Err(Fault::of(FaultCode::NoNode, Cause::NoNode(why)));
        }
        let roster = self.members.roster();
        let serving: HashSet<NodeId> = roster.borrow().upstreams.iter().map(|upstream| upstream.id.clone()).collect();
        let mut doubtful = site_checks::doubtful(&target.site(), &self.listening.connections());
        let current =
            self.listening.explain(target, ExplainedClient::default()).and_then(|ranks| ranks.into_iter().next());
        doubtful.extend(current.map(|rank| rank.id));
        let nodes = site_checks::candidates(nodes, &serving, &doubtful);
        let tried = |entry: &Arc<NodeEntry>| TriedNode { name: entry.node.label(), candidate: entry.candidate() };
        Ok(nodes.iter().map(tried).collect())
    }

    /// Handles a report of a check of a site.
    pub(in crate::engine) async fn on_site_check(&mut self, report: SiteCheckReport) {
        match report {
            SiteCheckReport::Tried { site, tried } => self.activity.pass_on(EventKind::SiteTried { site, tried }),
            SiteCheckReport::Ended { call, result } => {
                // A caller that has disconnected wants nothing to change.
                if self.inbox.open.is_open(call) {
                    let result = self.finish_fix(result).await;
                    self.inbox.open.answer(call, result);
                }
            }
        }
    }

    async fn finish_fix(&mut self, mut check: Box<SiteCheck>) -> Result<Reply, Fault> {
        if let Some(winner) = check.winner.clone() {
            check.until = Some(self.pin_for_a_day(&check.site, winner).await?);
        }
        Ok(Reply::SiteCheck(check))
    }

    /// Adds a pin with an end in front of all others, which stay; returns its end.
    async fn pin_for_a_day(&mut self, site: &str, node: NodeId) -> Result<Timestamp, Fault> {
        let until = Timestamp::from_second((Timestamp::now() + PINNED_FOR).as_second()).expect("a day from now");
        let pin = Pin::parse(site, PinTarget::Nodes(NodeSelector::Node(node)), NodeFallback::Any)?;
        let mut pins = self.settings.pins.clone();
        pins.retain(|other| other.until.is_none() || !other.is_for(site));
        if pins.len() >= MAX_PINS {
            return Err(InvalidValue::new("pins", ExpectedValue::Pins).into());
        }
        pins.insert(0, Pin { until: Some(until), ..pin });
        self.set_pins(pins).await?;
        Ok(until)
    }

    /// The hosts whose last connection failed, the latest first.
    pub(super) fn failed_hosts(&self) -> Reply {
        Reply::FailedHosts(failed(self.listening.connections()))
    }
}

fn failed(mut connections: Vec<ConnectionView>) -> Vec<FailedHost> {
    connections.sort_unstable_by_key(|connection| std::cmp::Reverse(connection.id));
    let (mut seen, mut hosts) = (HashSet::new(), Vec::new());
    for connection in connections.into_iter().filter(|connection| connection.ended.is_some()) {
        let is_latest = seen.insert((connection.host.clone(), connection.port));
        if is_latest && connection.way == Route::Pool && site_checks::has_failed(&connection) {
            hosts.push(FailedHost { host: connection.host, port: connection.port, at: connection.since });
        }
        if hosts.len() == FAILED_HOSTS {
            break;
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::connection::ConnectionEnd;

    #[test]
    fn hosts_are_listed_whose_last_connection_failed() {
        let ended = |id, host: &str, ended| ConnectionView { ended, ..ConnectionView::example(id, "curl", host) };
        let failed = failed(vec![
            ended(1, "a.example", Some(ConnectionEnd::NoResponse)),
            ended(2, "b.example", Some(ConnectionEnd::NoResponse)),
            ended(3, "b.example", Some(ConnectionEnd::Closed)),
            ended(4, "c.example", Some(ConnectionEnd::Failed)),
            ended(5, "c.example", None),
            ended(6, "d.example", Some(ConnectionEnd::Cancelled)),
        ]);
        assert_eq!(failed.iter().map(|host| &*host.host).collect::<Vec<_>>(), ["c.example", "a.example"]);
        let many = (0..20).map(|id| ended(id, &format!("{id}.example"), Some(ConnectionEnd::NoResponse)));
        assert_eq!(super::failed(many.collect()).len(), FAILED_HOSTS);
    }
}
