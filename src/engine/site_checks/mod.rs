//! "This site does not work": requests a site through the nodes until one works, and finds out why if none does.
//!
//! Each check is a task; it reports what a node got, and its end, as inputs of the event loop. A check is cancelled when
//! its caller disconnects.

mod order;
mod race;

use std::future::pending;

use hyper::Uri;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use url::Url;

pub(super) use self::order::{candidates, doubtful, has_failed};
use self::race::{PATIENCE, race};
use super::calls::CallId;
use crate::model::NodeId;
use crate::model::site_check::{SiteCheck, SiteComparison, SiteTry, SiteVerdict};
use crate::pool::{Candidate, PageRequest, Tester};
use crate::rules::RequestUrl;

/// Number of nodes whose health is compared if the site works through none.
const COMPARED: usize = 3;

/// A requested check.
pub(super) struct PlannedCheck {
    /// The site that is sent to the node found.
    pub(super) site: String,
    /// The page to request.
    pub(super) url: Uri,
    /// The nodes, in the order in which they are tried.
    pub(super) nodes: Vec<TriedNode>,
}

/// A node to try.
pub(super) struct TriedNode {
    pub(super) name: String,
    pub(super) candidate: Candidate,
}

/// What a check reports.
pub(super) enum SiteCheckReport {
    /// What a node got.
    Tried {
        /// The site.
        site: String,
        /// The node and its result.
        tried: SiteTry,
    },
    /// The check has ended.
    Ended {
        /// The call that waits for it.
        call: CallId,
        /// The result.
        result: Box<SiteCheck>,
    },
}

/// The checks in progress.
pub(super) struct SiteChecks {
    running: Vec<(CallId, AbortHandle)>,
    tasks: JoinSet<Option<SiteCheckReport>>,
    tried_tx: mpsc::UnboundedSender<SiteCheckReport>,
    tried: mpsc::UnboundedReceiver<SiteCheckReport>,
}

impl Default for SiteChecks {
    fn default() -> Self {
        // Unbounded, since a check has few nodes.
        let (tried_tx, tried) = mpsc::unbounded_channel();
        Self { running: Vec::new(), tasks: JoinSet::new(), tried_tx, tried }
    }
}

impl SiteChecks {
    /// Starts a check for a call.
    pub(super) fn start(&mut self, call: CallId, planned: PlannedCheck, tester: Tester) {
        let tried = self.tried_tx.clone();
        let task = self.tasks.spawn(async move {
            let result = Box::new(check(planned, tester, tried).await?);
            Some(SiteCheckReport::Ended { call, result })
        });
        self.running.push((call, task));
    }

    /// Cancels the check of a call; no report follows.
    pub(super) fn cancel_call(&mut self, call: CallId) {
        for (_, task) in self.running.extract_if(.., |(running, _)| *running == call) {
            task.abort();
        }
    }

    /// The next report.
    pub(super) async fn next(&mut self) -> SiteCheckReport {
        loop {
            let ended = tokio::select! {
                // First what was tried, then the end.
                biased;
                Some(tried) = self.tried.recv() => return tried,
                Some(ended) = self.tasks.join_next() => ended,
                else => return pending().await,
            };
            let Ok(Some(SiteCheckReport::Ended { call, result })) = ended else { continue };
            self.running.retain(|(running, _)| *running != call);
            return SiteCheckReport::Ended { call, result };
        }
    }

    /// Cancels all checks.
    pub(super) async fn stop(&mut self) {
        self.running.clear();
        self.tasks.shutdown().await;
    }
}

/// The page for a site as typed: a host, a host and a port, or a URL. `None` if it is neither.
pub(super) fn page(text: &str) -> Option<Url> {
    let mut url: Url = match text.contains("://") {
        true => text.parse().ok()?,
        false => RequestUrl::parse(text)?.as_str().parse().ok()?,
    };
    let is_web = ["http", "https"].contains(&url.scheme()) && url.has_host();
    url.set_fragment(None);
    (is_web && url.set_username("").is_ok() && url.set_password(None).is_ok()).then_some(url)
}

/// Makes a check. None if the pool ends first.
async fn check(
    planned: PlannedCheck,
    tester: Tester,
    progress: mpsc::UnboundedSender<SiteCheckReport>,
) -> Option<SiteCheck> {
    let PlannedCheck { site, url, nodes } = planned;
    let page = PageRequest::of(url.clone());
    let candidates: Vec<_> = nodes.iter().map(|node| node.candidate.clone()).collect();
    let attempt = |TriedNode { name, candidate }: TriedNode| {
        let (tester, page) = (tester.clone(), page.clone());
        async move {
            let id = candidate.id.clone();
            tester.visit(candidate, page).await.map(|result| SiteTry { id, name, round: 0, result })
        }
    };
    let note = |round, tried: &Option<SiteTry>| {
        if let Some(tried) = tried {
            let tried = SiteTry { round, ..tried.clone() };
            // The receiver lives as long as this task.
            let _ending = progress.send(SiteCheckReport::Tried { site: site.clone(), tried });
        }
    };
    let wins = |tried: &Option<SiteTry>| tried.as_ref().is_none_or(SiteTry::is_good);
    let ended = race(nodes.into_iter().map(attempt).collect(), PATIENCE, note, wins).await;
    let tries = ended.into_iter().map(|(round, tried)| Some(SiteTry { round, ..tried? }));
    let tries: Vec<_> = tries.collect::<Option<_>>()?;
    let winner: Option<NodeId> = tries.iter().find(|tried| tried.is_good()).map(|tried| tried.id.clone());
    let comparison = match &winner {
        Some(_) => None,
        None => Some(compare(&page, &tester, candidates).await?),
    };
    let verdict = comparison.as_ref().map_or(SiteVerdict::Works, SiteComparison::verdict);
    Some(SiteCheck { site, url: url.to_string(), tries, verdict, winner, until: None, comparison })
}

/// Finds out why no node works.
async fn compare(page: &PageRequest, tester: &Tester, nodes: Vec<Candidate>) -> Option<SiteComparison> {
    let test = |candidate| async { Some(tester.test(candidate).await?.is_ok()) };
    let tests = futures_util::future::join_all(nodes.into_iter().take(COMPARED).map(test));
    let (direct, network, tests) = tokio::join!(page.directly(), tester.network_works(), tests);
    let tests: Vec<_> = tests.into_iter().collect::<Option<_>>()?;
    Some(SiteComparison { direct, nodes_work: tests.contains(&true), network_works: network? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_a_host_a_port_or_a_url() {
        let page = |text| page(text).map(|url| url.to_string());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(page("a.example"), some("https://a.example/"));
        assert_eq!(page("A.example:80"), some("http://a.example/"));
        assert_eq!(page("a.example:8443"), some("https://a.example:8443/"));
        assert_eq!(page("https://me:secret@a.example/Path?Q#f"), some("https://a.example/Path?Q"));
        for text in ["", "a b", "ftp://a.example/", "data:text/plain,x", "http://"] {
            assert_eq!(page(text), None, "{text:?}");
        }
    }
}
