//! A direct look at this machine's own network, past every member.
//!
//! Small pages of different owners are fetched at once, and the members' servers are connected to.
//! One accepted page is enough: the network is up. A page that leads to another host, or has a
//! status made for that (511), is somebody in between who wants a login; that outweighs an accepted
//! page, since such a one may answer with its own page and 200. Where no page comes, a server that
//! takes a TCP connection is a weaker sign of a network, one in which those pages are blocked; it
//! counts only if no page's server took the connection and then kept silent: in a network where
//! connections are taken and nothing comes back, that they are taken means nothing.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::{StatusCode, Uri};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::fleet::Verdict;
use super::probe;

/// What a look may take: it decides about a freeze, and a page near everywhere takes a tenth.
const LIMIT: Duration = Duration::from_secs(3);

/// How much longer other pages are waited for when one was accepted: one may lead to a login.
const GRACE: Duration = Duration::from_millis(300);

/// What one sign says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sign {
    /// The page came.
    Page,
    /// Somebody in between answered.
    Portal { location: String },
    /// The connection was taken, and no answer came.
    Silent,
    /// No connection, or no address for the name.
    Unreached,
    /// A member's server took a connection.
    Server,
}

/// Looks; `servers` are host and port of the members' servers.
pub(super) async fn look(urls: &[Uri], statuses: &[u16], servers: Vec<(String, u16)>) -> Verdict {
    let mut deadline = Instant::now() + LIMIT;
    let mut looks = JoinSet::new();
    for url in urls {
        looks.spawn(page(url.clone(), statuses.to_vec(), deadline));
    }
    for server in servers {
        looks.spawn(self::server(server, deadline));
    }
    let mut signs = Vec::new();
    while let Ok(Some(sign)) = timeout_at(deadline, looks.join_next()).await {
        match sign.unwrap_or(Sign::Unreached) {
            Sign::Page => {
                deadline = deadline.min(Instant::now() + GRACE);
                signs.push(Sign::Page);
            }
            Sign::Portal { location } => return Verdict::Portal { location },
            sign @ (Sign::Silent | Sign::Unreached | Sign::Server) => signs.push(sign),
        }
    }
    judge(&signs)
}

fn judge(signs: &[Sign]) -> Verdict {
    let has = |wanted: &Sign| signs.contains(wanted);
    if has(&Sign::Page) || (has(&Sign::Server) && !has(&Sign::Silent)) { Verdict::Up } else { Verdict::Down }
}

async fn page(url: Uri, statuses: Vec<u16>, deadline: Instant) -> Sign {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let connect = TcpStream::connect((host, url.port_u16().unwrap_or(80)));
    let Ok(Ok(stream)) = timeout_at(deadline, connect).await else { return Sign::Unreached };
    // A little before the look's end, so that its silence is still heard.
    let last = deadline - Duration::from_millis(50);
    match probe::answer(stream, &url, last).await {
        Ok(answer) => read(&url, &statuses, answer.status, answer.location),
        Err(_) => Sign::Silent,
    }
}

fn read(url: &Uri, statuses: &[u16], status: StatusCode, location: Option<String>) -> Sign {
    let location = location.unwrap_or_default();
    let leads_away = status.is_redirection() && leads_elsewhere(url, &location);
    // Such a page has no content; one with content is another.
    let is_replaced = status == StatusCode::OK && url.path().ends_with("/generate_204");
    if leads_away || is_replaced || status == StatusCode::NETWORK_AUTHENTICATION_REQUIRED {
        Sign::Portal { location }
    } else if statuses.contains(&status.as_u16()) || status.is_redirection() {
        Sign::Page
    } else {
        Sign::Silent
    }
}

fn leads_elsewhere(url: &Uri, location: &str) -> bool {
    let target: Option<Uri> = location.parse().ok();
    let authority = |uri: &Uri| uri.authority().map(|authority| authority.as_str().to_owned());
    // Without a host of its own it leads to another page of the same.
    target.is_some_and(|target| target.host().is_some() && authority(&target) != authority(url))
}

async fn server((host, port): (String, u16), deadline: Instant) -> Sign {
    let connected = async {
        let addrs: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), port)).await?.collect();
        TcpStream::connect(addrs.as_slice()).await
    };
    match timeout_at(deadline, connected).await {
        Ok(Ok(stream)) if is_far(&stream) => Sign::Server,
        Ok(_) | Err(_) => Sign::Unreached,
    }
}

/// A server on this machine says nothing of the way out of it.
fn is_far(stream: &TcpStream) -> bool {
    stream.peer_addr().is_ok_and(|addr| !addr.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(url: &str, status: u16, location: &str) -> Sign {
        let location = (!location.is_empty()).then(|| location.to_owned());
        read(&url.parse().unwrap(), &[200, 204], StatusCode::from_u16(status).unwrap(), location)
    }

    #[test]
    fn a_login_page_is_told_from_the_page() {
        let portal = |location: &str| Sign::Portal { location: location.into() };
        let page = "http://page.example/generate_204";
        assert_eq!(sign(page, 204, ""), Sign::Page);
        assert_eq!(sign("http://page.example/hello", 200, ""), Sign::Page);
        assert_eq!(sign(page, 302, "http://login.example/"), portal("http://login.example/"));
        assert_eq!(sign(page, 302, "/other"), Sign::Page, "another page of the same host");
        assert_eq!(sign(page, 511, ""), portal(""));
        assert_eq!(sign(page, 200, ""), portal(""), "content where there is none");
        assert_eq!(sign(page, 503, ""), Sign::Silent);
    }

    #[test]
    fn a_server_counts_only_where_connecting_means_something() {
        let check = |signs: &[Sign], verdict| assert_eq!(judge(signs), verdict, "{signs:?}");
        check(&[], Verdict::Down);
        check(&[Sign::Unreached, Sign::Page], Verdict::Up);
        check(&[Sign::Unreached, Sign::Server], Verdict::Up);
        check(&[Sign::Silent, Sign::Server], Verdict::Down);
        check(&[Sign::Silent, Sign::Unreached], Verdict::Down);
    }
}
