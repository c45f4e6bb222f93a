//! The commands that a running engine carries out.

use std::path::PathBuf;

use clap::Subcommand;

use super::verbs::{
    ClusterVerb, ConnectionArguments, DoorVerb, ExportVerb, ModeArgument, PacVerb, RulesVerb, SitesVerb,
    SubscriptionVerb, fallback,
};
use crate::model::settings::NodeFallback;

/// A command to a running engine.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EngineVerb {
    /// Show the state: members, traffic, health
    Status {
        /// Go on with each change
        #[arg(long)]
        watch: bool,
    },
    /// Send all traffic through one node
    Connect {
        /// The node: its id, the beginning of it, or its name; by default the last one
        node: Option<String>,
    },
    /// Turn the proxy off
    Disconnect,
    /// Balance load over several nodes
    Cluster {
        #[command(subcommand)]
        verb: ClusterVerb,
    },
    /// Set the system proxy
    Mode { mode: ModeArgument },
    /// Add nodes from links, lists or another client's file
    Import {
        /// Show what would be added, and add nothing
        #[arg(long)]
        preview: bool,
        /// Take the settings in another client's file too, without asking
        #[arg(long)]
        settings: bool,
        /// A link, a file, or - for standard input, which other programs cannot see
        #[arg(value_name = "TEXT|FILE|-")]
        source: String,
    },
    /// List the nodes
    Nodes,
    /// Add nodes from QR codes
    #[command(group(clap::ArgGroup::new("place").required(true)))]
    Scan {
        /// A picture file
        #[arg(value_name = "IMAGE", group = "place")]
        image: Option<PathBuf>,
        /// Read every screen
        #[arg(long, group = "place")]
        screen: bool,
        /// Read the picture on the clipboard
        #[arg(long, group = "place")]
        clipboard: bool,
        /// Show what would be added, and add nothing
        #[arg(long)]
        preview: bool,
    },
    /// Print nodes as links, with their passwords
    Share {
        /// The nodes: their ids, the beginnings of them, or their names
        #[arg(value_name = "NODE", required_unless_present = "group")]
        nodes: Vec<String>,
        /// All nodes of this group; "" for nodes added by hand
        #[arg(long, conflicts_with_all = ["nodes", "qr"])]
        group: Option<String>,
        /// As SIP008 JSON
        #[arg(long, conflicts_with = "qr")]
        sip008: bool,
        /// As a QR code: in a PNG file, or - for the terminal
        #[arg(long, value_name = "FILE|-")]
        qr: Option<PathBuf>,
    },
    /// Write the nodes as configuration for another program
    Export {
        #[command(subcommand)]
        verb: ExportVerb,
    },
    /// Write settings, nodes, subscriptions and rules to one file
    Backup {
        /// The file
        file: PathBuf,
        /// Encrypt it with a password: typed, or with - the first line of standard input
        #[arg(long, value_name = "-", num_args = 0..=1, default_missing_value = "", value_parser = ["-", ""])]
        password: Option<String>,
    },
    /// Restore a backup; the previous state is kept for --undo
    Restore {
        /// The file
        #[arg(required_unless_present = "undo", conflicts_with = "undo")]
        file: Option<PathBuf>,
        /// Show what would change, and change nothing
        #[arg(long, conflicts_with_all = ["undo", "yes"])]
        preview: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Also restore the settings that name programs to run
        #[arg(long, conflicts_with = "undo")]
        programs: bool,
        /// Undo the last restore
        #[arg(long)]
        undo: bool,
        /// Its password: typed, or with - the first line of standard input
        #[arg(long, value_name = "-", num_args = 0..=1, default_missing_value = "", value_parser = ["-", ""], conflicts_with = "undo")]
        password: Option<String>,
    },
    /// Send a real request through nodes and name the stage that failed
    Test {
        /// The nodes; by default all
        nodes: Vec<String>,
    },
    /// Manage the rule list
    Pac {
        #[command(subcommand)]
        verb: PacVerb,
    },
    /// Test or reload the rules
    Rules {
        #[command(subcommand)]
        verb: RulesVerb,
    },
    /// Manage subscriptions: node lists that a provider keeps
    Subscription {
        #[command(subcommand)]
        verb: SubscriptionVerb,
    },
    /// Show which member serves a host, and why
    Why {
        /// A host name or an address
        host: String,
        /// For a client that is this program, as pins name it
        #[arg(long, value_name = "NAME")]
        program: Option<String>,
        /// For a client of this door
        #[arg(long, value_name = "NAME", conflicts_with = "program")]
        door: Option<String>,
    },
    /// Find a node through which a site works, and send the site there for a day
    Fix {
        /// A host, a host and a port, or an address
        #[arg(value_name = "HOST")]
        site: String,
    },
    /// Send a site or a program to certain nodes, direct, or nowhere
    Pin {
        /// A host or a domain, app:PROGRAM, or app:PROGRAM@SITE
        #[arg(value_name = "SITE|app:PROGRAM")]
        traffic: String,
        /// direct, block, country:CODE, group:NAME, or a node
        #[arg(value_name = "WHERE")]
        to: String,
        /// What happens if none of its nodes works: any other node, another one in its country or group, or an error
        #[arg(long = "else", value_name = "any|country|group|fail", default_value = "any", value_parser = fallback())]
        fallback: NodeFallback,
        /// Its number in the list, from 1; by default the end
        #[arg(long = "at", value_name = "NUMBER")]
        place: Option<usize>,
    },
    /// List the pins
    Pins,
    /// Remove a pin
    Unpin {
        /// As in the list: a host or a domain, app:PROGRAM, or app:PROGRAM@SITE
        #[arg(value_name = "SITE|app:PROGRAM")]
        traffic: String,
    },
    /// Show what is remembered about sites, or forget it
    Sites {
        #[command(subcommand)]
        verb: Option<SitesVerb>,
    },
    /// Manage doors: further ports, each for certain nodes or with a strategy of its own
    Door {
        #[command(subcommand)]
        verb: DoorVerb,
    },
    /// Show where programs are connected to, through which node and why, or close connections
    Connections(ConnectionArguments),
    /// Change a setting
    Set {
        /// The key, as listed by `get`
        key: String,
        /// The new value, or - for standard input, which other programs cannot see
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Show the settings
    Get {
        /// Only this one
        key: Option<String>,
    },
    /// Write a report for troubleshooting, without secrets, hosts and names
    Diagnose {
        /// The file, or - for standard output
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
    /// Show events
    Events {
        /// Go on with new events
        #[arg(long, short)]
        follow: bool,
    },
}
