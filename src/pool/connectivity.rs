//! The connectivity check: whether this machine's own network works, without any member.
//!
//! Small pages of different operators are fetched at the same time, and the members' servers are connected to. One
//! accepted page is enough: the network is up. A redirect to another host, or status 511, means a captive portal; that
//! outweighs an accepted page, since a portal may respond with its own page and status 200. If no page arrives, a
//! server that accepts a TCP connection is a weaker proof: the pages may be blocked. It counts only if no page's server
//! accepted the connection and then stayed silent, since on such a network an accepted connection means nothing. If
//! this process is out of descriptors, nothing is proven either way.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::{StatusCode, Uri};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::fleet::Connectivity;
use super::probe;
use crate::os::{connect, descriptors};

/// Time limit of the whole check; these pages usually take a tenth of it.
const LIMIT: Duration = Duration::from_secs(3);

/// How long other pages are awaited after the first accepted one: there may be a captive portal.
const GRACE: Duration = Duration::from_millis(300);

/// Result for one page or server.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Finding {
    /// The page was accepted.
    Page,
    /// A captive portal responded.
    Portal { location: String },
    /// Connected, but no response.
    Silent,
    /// No connection, or the name did not resolve.
    Unreached,
    /// This process is out of descriptors.
    NoDescriptor,
    /// A member's server accepted a connection.
    Server,
}

/// Runs the check; `servers` are host and port of the members' servers.
pub(super) async fn check(urls: &[Uri], statuses: &[u16], servers: Vec<(String, u16)>) -> Connectivity {
    let mut deadline = Instant::now() + LIMIT;
    let mut checks = JoinSet::new();
    for url in urls {
        checks.spawn(page(url.clone(), statuses.to_vec(), deadline));
    }
    for server in servers {
        checks.spawn(self::server(server, deadline));
    }
    let mut findings = Vec::new();
    while let Ok(Some(finding)) = timeout_at(deadline, checks.join_next()).await {
        match finding.unwrap_or(Finding::Unreached) {
            Finding::Page => {
                deadline = deadline.min(Instant::now() + GRACE);
                findings.push(Finding::Page);
            }
            Finding::Portal { location } => return Connectivity::Portal { location },
            finding @ (Finding::Silent | Finding::Unreached | Finding::NoDescriptor | Finding::Server) => {
                findings.push(finding);
            }
        }
    }
    judge(&findings)
}

fn judge(findings: &[Finding]) -> Connectivity {
    let has = |wanted: &Finding| findings.contains(wanted);
    if has(&Finding::Page) || (has(&Finding::Server) && !has(&Finding::Silent)) {
        Connectivity::Up
    } else if has(&Finding::NoDescriptor) {
        Connectivity::Unknown
    } else {
        Connectivity::Down
    }
}

async fn page(url: Uri, statuses: Vec<u16>, deadline: Instant) -> Finding {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let connected = connect_to(host, url.port_u16().unwrap_or(80));
    let Ok(Ok(stream)) = timeout_at(deadline, connected).await else { return unreached() };
    // A little before the end of the check, so that silence is still reported.
    let last = deadline - Duration::from_millis(50);
    match probe::fetch_direct(stream, &url, last).await {
        Ok(answer) => read(&url, &statuses, answer.status, answer.location),
        Err(_) => Finding::Silent,
    }
}

fn read(url: &Uri, statuses: &[u16], status: StatusCode, location: Option<String>) -> Finding {
    let location = location.unwrap_or_default();
    let is_portal = status.is_redirection() && redirects_elsewhere(url, &location);
    // That page has no content; one with content comes from a portal.
    let is_replaced = status == StatusCode::OK && url.path().ends_with("/generate_204");
    if is_portal || is_replaced || status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
        Finding::Portal { location }
    } else if statuses.contains(&status.as_u16()) || status.is_redirection() {
        Finding::Page
    } else {
        Finding::Silent
    }
}

fn redirects_elsewhere(url: &Uri, location: &str) -> bool {
    let target: Option<Uri> = location.parse().ok();
    let authority = |uri: &Uri| uri.authority().map(|authority| authority.as_str().to_owned());
    // A relative location stays on the same host.
    target.is_some_and(|target| target.host().is_some() && authority(&target) != authority(url))
}

async fn server((host, port): (String, u16), deadline: Instant) -> Finding {
    match timeout_at(deadline, connect_to(&host, port)).await {
        Ok(Ok(stream)) if is_remote(&stream) => Finding::Server,
        Ok(_) | Err(_) => unreached(),
    }
}

async fn connect_to(host: &str, port: u16) -> io::Result<TcpStream> {
    let addrs: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    connect::connect(&addrs).await
}

/// The resolver does not report that it is out of descriptors, so this is tested.
fn unreached() -> Finding {
    if descriptors::are_exhausted() { Finding::NoDescriptor } else { Finding::Unreached }
}

/// A server on this machine proves nothing about the network.
fn is_remote(stream: &TcpStream) -> bool {
    stream.peer_addr().is_ok_and(|addr| !addr.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(url: &str, status: u16, location: &str) -> Finding {
        let location = (!location.is_empty()).then(|| location.to_owned());
        read(&url.parse().unwrap(), &[200, 204], StatusCode::from_u16(status).unwrap(), location)
    }

    #[test]
    fn a_login_page_is_recognised() {
        let portal = |location: &str| Finding::Portal { location: location.into() };
        let page = "http://page.example/generate_204";
        assert_eq!(finding(page, 204, ""), Finding::Page);
        assert_eq!(finding("http://page.example/hello", 200, ""), Finding::Page);
        assert_eq!(finding(page, 302, "http://login.example/"), portal("http://login.example/"));
        assert_eq!(finding(page, 302, "/other"), Finding::Page, "another page of the same host");
        assert_eq!(finding(page, 511, ""), portal(""));
        assert_eq!(finding(page, 200, ""), portal(""), "content where there is none");
        assert_eq!(finding(page, 503, ""), Finding::Silent);
    }

    #[test]
    fn a_server_counts_only_where_connecting_means_something() {
        let check = |findings: &[Finding], verdict| assert_eq!(judge(findings), verdict, "{findings:?}");
        check(&[], Connectivity::Down);
        check(&[Finding::Unreached, Finding::Page], Connectivity::Up);
        check(&[Finding::Unreached, Finding::Server], Connectivity::Up);
        check(&[Finding::Silent, Finding::Server], Connectivity::Down);
        check(&[Finding::Silent, Finding::Unreached], Connectivity::Down);
        check(&[Finding::NoDescriptor, Finding::Unreached], Connectivity::Unknown);
        check(&[Finding::NoDescriptor, Finding::Page], Connectivity::Up);
    }
}
