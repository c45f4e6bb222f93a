//! From what the user wants to what has to change: pure rules.
//!
//! A [`Wish`] is what settings, nodes and the start's own options ask of the rooms. [`plan`] says
//! what closes the gap between two of them; the start is the way from [`Wish::default`].

use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::Options;
use super::book::{Book, Entry};
use crate::model::settings::{Invalid, Settings, Wanted};
use crate::model::{Cause, Fault, FaultCode, Nobody, NodeId};
use crate::{gateway, pool};

/// What is asked of the rooms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wish {
    /// Where to listen; none for not at all.
    pub(super) listen: Option<SocketAddr>,
    /// Where to listen for HTTP alone; none for not at all.
    pub(super) http: Option<SocketAddr>,
    /// How the gateway serves.
    pub(super) gateway: Option<gateway::Config>,
    /// Who may be in the pool.
    pub(super) members: Members,
    /// How members are started and checked.
    pub(super) start: Option<pool::Config>,
}

/// Who may be in the pool, in the order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    /// Identity, weight and tier of each: what the pool would have to be told again.
    pub(super) nodes: Vec<(NodeId, u32, u32, String)>,
    pub(super) size: usize,
    pub(super) drain_limit: Duration,
    pub(super) schedule: Vec<Duration>,
}

/// One thing to change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// Open the gateway's port, here or somewhere else than now.
    OpenGateway(SocketAddr),
    /// Close it.
    CloseGateway,
    /// Open the port for HTTP alone, here or somewhere else than now.
    OpenHttp(SocketAddr),
    /// Close it.
    CloseHttp,
    /// Serve in another way.
    ConfigureGateway,
    /// Start members in another way.
    ConfigurePool,
    /// Have other members.
    WantMembers,
}

impl Change {
    /// Whether the gateway does not answer any more where it did.
    pub(super) fn moves_the_port(&self) -> bool {
        match self {
            Self::OpenGateway(_) | Self::CloseGateway => true,
            Self::OpenHttp(_) | Self::CloseHttp => false,
            Self::ConfigureGateway | Self::ConfigurePool | Self::WantMembers => false,
        }
    }
}

impl Wish {
    /// What these settings ask for.
    ///
    /// # Errors
    /// Traffic is wanted and there is no node for it, or it would be for everybody.
    pub(super) fn of(settings: &Settings, book: &Book, options: &Options, runtime: &Path) -> Result<Self, Fault> {
        let start = Some(pool_config(settings, options, runtime)?);
        if !settings.active {
            return Ok(Self { start, ..Self::default() });
        }
        let members = members(settings, book)?;
        let gateway = Some(gateway_config(settings));
        let listen = options.listen.unwrap_or(settings.gateway.listen);
        settings.gateway.may_listen("gateway.listen", listen)?;
        Ok(Self { listen: Some(listen), http: settings.gateway.http_listen, gateway, members, start })
    }
}

/// What has to change between two wishes, in the order in which it may be done: what can fail comes
/// first, members come before the port closes, and the port opens before members start.
pub(super) fn plan(old: &Wish, new: &Wish) -> Vec<Change> {
    let moved = new.listen.filter(|_| old.listen != new.listen).map(Change::OpenGateway);
    let opened_as_wanted = moved.is_some();
    // With the gateway in another place its other port is opened anew.
    let http_moved = new.http.filter(|_| opened_as_wanted || old.http != new.http).map(Change::OpenHttp);
    let stays = !opened_as_wanted && new.listen.is_some();
    let changes = [
        moved,
        http_moved,
        (stays && old.http.is_some() && new.http.is_none()).then_some(Change::CloseHttp),
        (new.gateway != old.gateway && new.listen.is_some() && !opened_as_wanted).then_some(Change::ConfigureGateway),
        (new.start != old.start).then_some(Change::ConfigurePool),
        (old.listen.is_some() && new.listen.is_none()).then_some(Change::CloseGateway),
        (new.members != old.members).then_some(Change::WantMembers),
    ];
    changes.into_iter().flatten().collect()
}

fn members(settings: &Settings, book: &Book) -> Result<Members, Fault> {
    let chosen: Vec<&Entry> = if settings.cluster.on {
        let group = &settings.cluster.group;
        let fits = |entry: &&Entry| !entry.node.excluded && (group.is_empty() || entry.node.group == *group);
        book.entries().iter().filter(fits).collect()
    } else {
        settings.node.iter().filter_map(|id| book.get(id)).collect()
    };
    if chosen.is_empty() {
        return Err(Fault::of(FaultCode::NoNode, Cause::Nobody(nobody(settings, book))));
    }
    let describe = |entry: &&Entry| {
        let node = &entry.node;
        (entry.id.clone(), node.weight, node.tier, node.name.clone())
    };
    Ok(Members {
        nodes: chosen.iter().map(describe).collect(),
        size: if settings.cluster.on { settings.cluster.size } else { 1 },
        drain_limit: Duration::from_secs(settings.gateway.drain_limit_s),
        schedule: settings.health.schedule.iter().copied().map(Duration::from_secs).collect(),
    })
}

fn nobody(settings: &Settings, book: &Book) -> Nobody {
    if book.entries().is_empty() {
        Nobody::NoneYet
    } else if !settings.cluster.on {
        Nobody::NoneChosen
    } else if settings.cluster.group.is_empty() {
        Nobody::AllExcluded
    } else {
        Nobody::NoneOfGroup
    }
}

fn gateway_config(settings: &Settings) -> gateway::Config {
    let wanted = &settings.gateway;
    gateway::Config {
        strategy: settings.cluster.strategy,
        login: wanted.login.clone(),
        max_connections: wanted.max_connections,
        handshake_limit: Duration::from_secs(wanted.handshake_limit_s),
        connect_limit: Duration::from_millis(wanted.connect_limit_ms),
        idle_limit: (wanted.idle_limit_s > 0).then(|| Duration::from_secs(wanted.idle_limit_s)),
    }
}

fn pool_config(settings: &Settings, options: &Options, runtime: &Path) -> Result<pool::Config, Fault> {
    let health = &settings.health;
    Ok(pool::Config {
        program: options.program.clone(),
        ss_local: settings.members.ss_local.clone(),
        ssr_local: settings.members.ssr_local.clone(),
        port_base: settings.members.port_base,
        excluded_ports: settings.members.excluded_ports.clone(),
        runtime_dir: runtime.to_owned(),
        check: pool::Check {
            urls: pages("health.urls", &health.urls)?,
            statuses: health.statuses.clone(),
            limit: Duration::from_secs(health.limit_s),
        },
        direct_urls: pages("health.direct_urls", &health.direct_urls)?,
    })
}

fn pages<Page>(key: &str, urls: &[String]) -> Result<Vec<Page>, Fault>
where
    Page: FromStr,
{
    urls.iter().map(|url| url.parse().map_err(|_| Invalid::new(key, Wanted::Pages).into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options { listen: None, program: "sluice".into() }
    }

    fn book() -> Book {
        let mut book = Book::default();
        book.import("socks5://a.example:1#a\nsocks5://b.example:1#b\n").unwrap();
        book
    }

    fn wish(change: impl Fn(&mut Settings)) -> Wish {
        let mut settings = Settings { active: true, ..Settings::default() };
        settings.cluster.on = true;
        change(&mut settings);
        Wish::of(&settings, &book(), &options(), Path::new("/run")).unwrap()
    }

    #[test]
    fn a_start_opens_the_port_before_members_start() {
        let changes = plan(&Wish::default(), &wish(|_| {}));
        let addr = "127.0.0.1:1080".parse().unwrap();
        assert_eq!(changes, [Change::OpenGateway(addr), Change::ConfigurePool, Change::WantMembers]);
    }

    #[test]
    fn off_closes_the_port_and_lets_members_go() {
        let off = wish(|settings| settings.active = false);
        assert_eq!(plan(&wish(|_| {}), &off), [Change::CloseGateway, Change::WantMembers]);
        assert_eq!(plan(&off, &off), []);
    }

    #[test]
    fn another_strategy_touches_nothing_but_the_gateway() {
        let random = wish(|settings| settings.cluster.strategy = crate::model::Strategy::Random);
        assert_eq!(plan(&wish(|_| {}), &random), [Change::ConfigureGateway]);
    }

    #[test]
    fn another_address_opens_there() {
        let addr = "127.0.0.1:2080".parse().unwrap();
        assert_eq!(plan(&wish(|_| {}), &wish(|settings| settings.gateway.listen = addr)), [Change::OpenGateway(addr)]);
    }

    #[test]
    fn the_port_for_http_comes_and_goes_beside_the_other() {
        let addr = "127.0.0.1:8118".parse().unwrap();
        let with = wish(|settings| settings.gateway.http_listen = Some(addr));
        assert_eq!(plan(&wish(|_| {}), &with), [Change::OpenHttp(addr)]);
        assert_eq!(plan(&with, &wish(|_| {})), [Change::CloseHttp]);
        assert_eq!(plan(&with, &wish(|settings| settings.active = false))[0], Change::CloseGateway);
        let elsewhere = "127.0.0.1:2080".parse().unwrap();
        let moved = wish(|settings| {
            settings.gateway.listen = elsewhere;
            settings.gateway.http_listen = Some(addr);
        });
        assert_eq!(plan(&with, &moved), [Change::OpenGateway(elsewhere), Change::OpenHttp(addr)]);
    }

    #[test]
    fn nobody_is_served_beyond_this_machine_without_a_login() {
        let options = Options { listen: Some("0.0.0.0:1080".parse().unwrap()), ..options() };
        let mut settings = Settings { active: true, ..Settings::default() };
        settings.cluster.on = true;
        let wished = |settings: &Settings| Wish::of(settings, &book(), &options, Path::new("/run"));
        let fault = wished(&settings).unwrap_err();
        assert_eq!(fault.code, FaultCode::InvalidSetting);
        settings.gateway.login = Some(crate::model::Login { user: "me".into(), password: "pw".into() });
        assert!(wished(&settings).is_ok());
    }

    #[test]
    fn single_mode_is_a_pool_of_one() {
        let id = book().find("b").unwrap().id.clone();
        let single = wish(|settings| {
            settings.cluster.on = false;
            settings.node = Some(id.clone());
        });
        assert_eq!((single.members.nodes.len(), single.members.size), (1, 1));
        assert_eq!(plan(&wish(|_| {}), &single), [Change::WantMembers]);
    }

    #[test]
    fn no_node_is_said_before_anything_changes() {
        let mut settings = Settings { active: true, ..Settings::default() };
        let refused = |settings: &Settings| {
            let fault = Wish::of(settings, &book(), &options(), Path::new("/run")).unwrap_err();
            assert_eq!(fault.code, FaultCode::NoNode);
            fault.detail
        };
        assert!(refused(&settings).contains("chosen"));
        settings.cluster = crate::model::settings::Cluster { on: true, group: "x".into(), ..Default::default() };
        assert!(refused(&settings).contains("group"));
    }
}
