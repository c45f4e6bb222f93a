//! The command line: verbs, arguments and options.

mod engine;
#[cfg(test)]
mod tests;
mod verbs;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(super) use self::engine::EngineVerb;
pub(super) use self::verbs::{
    ClusterVerb, ConnectionArguments, ConnectionsVerb, DoorVerb, ExportArguments, ExportVerb, NodeVerb, PacVerb,
    RulesVerb, SitesVerb, SubscriptionVerb,
};

/// One local proxy port in front of several Shadowsocks and ShadowsocksR nodes.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 no engine is running.")]
pub(super) struct Cli {
    /// Keep all files in DIR (also: SLUICE_HOME)
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) home: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) verb: SluiceVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum SluiceVerb {
    /// Run the engine in the foreground
    Serve {
        /// Address of the port, for this run only
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Take over from the running engine, whose open connections finish there
        #[arg(long)]
        take_over: bool,
        /// Return when the new engine has taken over; it goes on in the background
        #[arg(long, requires = "take_over")]
        background: bool,
    },
    /// Demonstrate failover with servers started on this computer
    Demo {
        /// Number of servers; all but one are in the pool
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..=8))]
        nodes: u8,
        /// How long clients send requests
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(2..=3_600))]
        seconds: u16,
    },
    #[command(flatten)]
    Ask(EngineVerb),
    /// Show or change one node
    // Without a subcommand this is a member's process; its configuration is read from standard input.
    Node {
        #[command(subcommand)]
        verb: Option<NodeVerb>,
    },
    /// Restore the system proxy when standard input ends (used by Sluice itself)
    #[command(hide = true)]
    LeaseWatch {
        /// The lease file
        file: PathBuf,
        /// The id that it must have
        id: String,
    },
    /// Write manual pages and completions for shells into a folder (used by the packages)
    #[command(hide = true)]
    GenerateManual {
        /// The folder
        folder: PathBuf,
    },
    /// Show the end of the log
    Logs {
        /// Go on with new lines
        #[arg(long, short)]
        follow: bool,
        /// How many existing lines to show
        #[arg(long, short = 'n', default_value_t = 100)]
        lines: usize,
    },
}
