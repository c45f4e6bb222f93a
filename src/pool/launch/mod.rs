//! Starting a member: from a node to a SOCKS5 port that accepts connections.
//!
//! The process is our own program ([`builtin`]) or the user's `ss-local` or `ssr-local` ([`external`]); a node that is
//! a SOCKS5 server needs none ([`direct`]). Secrets are passed on stdin or in a 0600 file, never in argv or the
//! environment. A process that is started here always ends together with this one.

mod builtin;
mod direct;
mod external;
mod ports;
mod process;

use std::sync::Arc;

use super::{Candidate, Config};
use crate::model::{Dial, Failure, FailureCause, Kind, Node, Stage};
use crate::os::network;

pub(super) use self::ports::PortAllocator;
use self::ports::ReservedPort;
pub(super) use self::process::ChildProcess;

/// How to connect to a ready member.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// Its SOCKS5 port.
    pub(crate) dial: Dial,
    /// Its process, if it has one.
    pub(crate) pid: Option<u32>,
}

/// A started member.
pub(super) struct Started {
    pub(super) dial: Dial,
    pub(super) process: Option<ChildProcess>,
    /// Keeps the port reserved.
    _port: Option<ReservedPort>,
}

impl Started {
    pub(super) fn ready(&self) -> Ready {
        Ready { dial: self.dial.clone(), pid: self.process.as_ref().map(ChildProcess::pid) }
    }
}

/// Starts members.
#[derive(Clone)]
pub(super) struct Launcher {
    /// How members are started.
    pub(super) config: Arc<Config>,
    /// The ports in use.
    pub(super) ports: PortAllocator,
}

impl Launcher {
    /// Whether a node's plugin may run.
    ///
    /// # Errors
    /// The user has to allow it first.
    pub(super) fn check_plugin(&self, candidate: &Candidate) -> Result<(), Failure> {
        match candidate.node.plugin_request(&self.config.plugins) {
            Some(request) => Err(Failure::new(Stage::Plugin, request)),
            None => Ok(()),
        }
    }

    /// Starts the member for a node and waits until its port accepts connections.
    pub(super) async fn start(&self, candidate: &Candidate) -> Result<Started, Failure> {
        let config = &self.config;
        self.check_plugin(candidate)?;
        refuse_own_port(&candidate.node).await?;
        let program = match &candidate.node.kind {
            Kind::Socks5 { login } => return direct::start(&candidate.node, login.as_ref()).await,
            // An external program that is killed would leave its plugin behind.
            Kind::Ss { plugin: Some(_), .. } => None,
            Kind::Ss { plugin: None, .. } => config.ss_local.as_ref(),
            Kind::Ssr(_) => config.ssr_local.as_ref(),
        };
        match program {
            Some(program) => external::start(&candidate.node, program, config, &self.ports).await,
            None => builtin::start(&candidate.node, Arc::clone(&candidate.meter), &config.program).await,
        }
    }
}

/// Refuses a node whose address is a port of this program: connecting to it would cause an endless loop.
///
/// # Errors
/// An address of the node is a port of this program.
async fn refuse_own_port(node: &Node) -> Result<(), Failure> {
    if !network::is_own_port(node.port) {
        return Ok(());
    }
    // A name that cannot be resolved causes no loop; the connection attempt will report it.
    let found = tokio::net::lookup_host((node.host.as_str(), node.port)).await;
    let leads_back = found.into_iter().flatten().any(network::leads_back);
    if leads_back { Err(Failure::new(Stage::Configuration, FailureCause::OwnPort)) } else { Ok(()) }
}
