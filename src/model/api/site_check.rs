//! What requests to a site got, through nodes and otherwise, and what that says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::locale::messages;
use crate::model::node::NodeId;
use crate::model::reasons::failure::Failure;

/// The result of `fix`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCheck {
    /// The site that is sent to the node found: the registrable domain, or the address.
    pub site: String,
    /// The page that was requested.
    pub url: String,
    /// What the nodes got, in the order in which they were tried; those that were not needed are left out.
    pub tries: Vec<SiteTry>,
    /// What this says.
    pub verdict: SiteVerdict,
    /// The node that works, if one does.
    pub winner: Option<NodeId>,
    /// When its pin ends.
    pub until: Option<Timestamp>,
    /// What was requested otherwise, if no node works.
    pub comparison: Option<SiteComparison>,
}

/// What one node got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteTry {
    /// The node.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// The number of its round, from 1; the nodes of a round are tried at the same time.
    pub round: usize,
    /// The response, or where the request failed.
    pub result: Result<PageVisit, Failure>,
}

/// The response to a request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageVisit {
    /// The HTTP status.
    pub status: u16,
    /// Milliseconds from the start to the end of the response, or of the part that was read.
    pub took_ms: u32,
}

/// What was requested to find out why no node works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteComparison {
    /// The page, requested without a node.
    pub direct: Result<PageVisit, Failure>,
    /// Whether one of these nodes loads the page of the health checks.
    pub nodes_work: bool,
    /// Whether this machine's own network works.
    pub network_works: bool,
}

messages! {
    /// What the results for a site say.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum SiteVerdict {
        /// A node works.
        Works = "site-works",
        /// The site fails without a node too, while other sites load: it is down, or it is blocked here as well.
        Site = "site-fails",
        /// The site works without a node, but through none of the nodes, which load other sites.
        Refused = "site-refuses-nodes",
        /// The nodes load no other site either.
        Nodes = "site-nodes-fail",
        /// This machine's own network is down.
        Network = "site-network-down",
    }
}

/// A host whose last connection failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedHost {
    /// Its name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Unix time in ms of the request.
    pub at: i64,
}

impl PageVisit {
    /// Whether the site has served the request. It may also say that there is nothing at this address, or that a login
    /// is needed; but a refusal, a limit and an error do not count.
    pub fn is_good(&self) -> bool {
        match self.status {
            100..=399 | 400 | 401 | 404 | 405 | 406 | 410 => true,
            _refusal_or_error => false,
        }
    }
}

impl SiteTry {
    /// Whether the site has served the request.
    pub fn is_good(&self) -> bool {
        self.result.as_ref().is_ok_and(PageVisit::is_good)
    }
}

impl SiteComparison {
    /// Why no node works.
    pub fn verdict(&self) -> SiteVerdict {
        let is_direct = self.direct.as_ref().is_ok_and(PageVisit::is_good);
        match (self.nodes_work, self.network_works || is_direct, is_direct) {
            (true, _, true) => SiteVerdict::Refused,
            (true, _, false) => SiteVerdict::Site,
            (false, true, _) => SiteVerdict::Nodes,
            (false, false, _) => SiteVerdict::Network,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Stage, SystemError};

    #[test]
    fn refusals_and_errors_do_not_count_as_served() {
        let good = [200, 204, 301, 302, 304, 401, 404].map(|status| PageVisit { status, took_ms: 1 }.is_good());
        assert_eq!(good, [true; 7]);
        let bad = [403, 429, 451, 500, 502, 503, 999].map(|status| PageVisit { status, took_ms: 1 }.is_good());
        assert_eq!(bad, [false; 7]);
    }

    #[test]
    fn the_verdict_follows_from_the_comparison() {
        let failed = || Err(Failure::new(Stage::Destination, SystemError::Reset));
        let page = |status| Ok(PageVisit { status, took_ms: 1 });
        let verdict =
            |direct, nodes_work, network_works| SiteComparison { direct, nodes_work, network_works }.verdict();
        assert_eq!(verdict(page(200), true, true), SiteVerdict::Refused);
        assert_eq!(verdict(failed(), true, true), SiteVerdict::Site);
        assert_eq!(verdict(page(403), true, false), SiteVerdict::Site, "nodes prove that the network works");
        assert_eq!(verdict(failed(), false, true), SiteVerdict::Nodes);
        assert_eq!(verdict(page(200), false, false), SiteVerdict::Nodes, "the page itself proves it");
        assert_eq!(verdict(failed(), false, false), SiteVerdict::Network);
    }
}
