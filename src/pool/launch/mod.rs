//! Starting a member: from a node to a SOCKS5 port that answers.
//!
//! Three ways, one result: our own program ([`builtin`]), the user's `ss-local` or `ssr-local`
//! ([`external`]), or for a node that is a SOCKS5 server no program at all ([`direct`]). Secrets go to a program over
//! its stdin or in a 0600 file; never in argv or the environment. A program started here ends when
//! this process does, however that ends.

mod builtin;
mod direct;
mod external;
mod ports;
mod process;

use std::sync::Arc;

use super::{Candidate, Config};
use crate::model::{Dial, Failure, Kind};

pub(super) use self::ports::Ports;
use self::ports::Taken;
pub(super) use self::process::Process;

/// What of a started member can be spoken to.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// Its SOCKS5 port.
    pub(crate) dial: Dial,
    /// Its process, where it has one.
    pub(crate) pid: Option<u32>,
}

/// A started member.
pub(super) struct Started {
    pub(super) dial: Dial,
    pub(super) process: Option<Process>,
    /// The port that was picked for it; nobody else gets it while this lives.
    _port: Option<Taken>,
}

impl Started {
    pub(super) fn ready(&self) -> Ready {
        Ready { dial: self.dial.clone(), pid: self.process.as_ref().map(Process::pid) }
    }
}

/// Starts members.
#[derive(Clone)]
pub(super) struct Launcher {
    /// How.
    pub(super) config: Arc<Config>,
    /// The ports given away.
    pub(super) ports: Ports,
}

impl Launcher {
    /// Starts the member for a node and waits until its port answers.
    pub(super) async fn start(&self, candidate: &Candidate) -> Result<Started, Failure> {
        let config = &self.config;
        let program = match &candidate.node.kind {
            Kind::Socks5 { login } => return direct::start(&candidate.node, login.as_ref()).await,
            // A foreign program that is killed would leave its plugin behind.
            Kind::Ss { plugin: Some(_), .. } => None,
            Kind::Ss { plugin: None, .. } => config.ss_local.as_ref(),
            Kind::Ssr(_) => config.ssr_local.as_ref(),
        };
        match program {
            Some(program) => external::start(&candidate.node, program, config, &self.ports).await,
            None => builtin::start(&candidate.node, &config.program).await,
        }
    }
}
