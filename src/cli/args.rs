//! What can be asked for on the command line. Only words and their shapes: nothing is looked up.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::command::NodeChanges;
use crate::model::settings::{self, Strategy};

/// One local port in front of a pool of Shadowsocks servers.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 no engine is running.")]
pub(super) struct Cli {
    /// Keeps configuration, data, socket and logs under DIR (also: SLUICE_HOME)
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) home: Option<PathBuf>,
    /// Prints JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Runs the engine in the foreground
    Serve {
        /// Where the gateway listens, this time
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
    },
    /// Shows on this machine alone how a dead server goes unnoticed
    Demo {
        /// Servers to start; all but one are in the pool
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..=8))]
        nodes: u8,
        /// How long clients ask for a page
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(2..=3_600))]
        seconds: u16,
    },
    #[command(flatten)]
    Ask(Question),
    /// Shows or changes one node
    // Without a verb it is a member's process: what it serves comes on standard input.
    Node {
        #[command(subcommand)]
        verb: Option<NodeVerb>,
    },
    /// Gives the desktop its proxy back when standard input ends: the program's own watcher
    #[command(hide = true)]
    LeaseWatch {
        /// The lease
        file: PathBuf,
        /// Which one it has to be
        id: String,
    },
    /// Shows the end of the log
    Logs {
        /// Goes on with what is written
        #[arg(long, short)]
        follow: bool,
        /// How many lines of what is there already
        #[arg(long, short = 'n', default_value_t = 100)]
        lines: usize,
    },
}

/// What is asked of a running engine.
#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// Shows what is true now
    Status {
        /// Goes on with each change
        #[arg(long)]
        watch: bool,
    },
    /// Connects through one node
    Connect {
        /// The node's id, its beginning, or its name; without it the last choice
        node: Option<String>,
    },
    /// Stops sending traffic through the gateway
    Disconnect,
    /// Balances load over several nodes
    Cluster {
        #[command(subcommand)]
        verb: ClusterVerb,
    },
    /// Chooses what the desktop's own proxy setting is made to be
    Mode { mode: Mode },
    /// Adds nodes from links, one a line
    Import {
        /// Shows what is in it and adds nothing
        #[arg(long)]
        preview: bool,
        /// Takes the settings in another client's file too, without a question
        #[arg(long)]
        settings: bool,
        /// A link, a file, or - for standard input, which shows no password to other programs
        #[arg(value_name = "TEXT|FILE|-")]
        source: String,
    },
    /// Lists the nodes
    Nodes,
    /// Adds nodes from QR codes
    #[command(group(clap::ArgGroup::new("place").required(true)))]
    Scan {
        /// A picture file
        #[arg(value_name = "IMAGE", group = "place")]
        image: Option<PathBuf>,
        /// Looks at every screen
        #[arg(long, group = "place")]
        screen: bool,
        /// Looks at the picture on the clipboard
        #[arg(long, group = "place")]
        clipboard: bool,
        /// Shows what is in them and adds nothing
        #[arg(long)]
        preview: bool,
    },
    /// Prints nodes as links, with their passwords
    Share {
        /// The nodes' ids, their beginnings, or their names
        #[arg(value_name = "NODE", required_unless_present = "group")]
        nodes: Vec<String>,
        /// All nodes of this group; "" for those added by hand
        #[arg(long, conflicts_with_all = ["nodes", "qr"])]
        group: Option<String>,
        /// As a list of servers in JSON (SIP008)
        #[arg(long, conflicts_with = "qr")]
        sip008: bool,
        /// As a QR code: a PNG file, or - for the terminal
        #[arg(long, value_name = "FILE|-")]
        qr: Option<PathBuf>,
    },
    /// Writes settings, nodes and rules into one file
    Backup {
        /// The file
        file: PathBuf,
        /// Seals it with a password: typed, or with - the first line of standard input
        #[arg(long, value_name = "-", num_args = 0..=1, default_missing_value = "", value_parser = ["-", ""])]
        password: Option<String>,
    },
    /// Makes all be as in a backup; what was before is kept for --undo
    Restore {
        /// The file
        #[arg(required_unless_present = "undo", conflicts_with = "undo")]
        file: Option<PathBuf>,
        /// Shows what it would change and changes nothing
        #[arg(long, conflicts_with_all = ["undo", "yes"])]
        preview: bool,
        /// Asks nothing
        #[arg(long)]
        yes: bool,
        /// Makes all be as before the last restoration
        #[arg(long)]
        undo: bool,
        /// Its password: typed, or with - the first line of standard input
        #[arg(long, value_name = "-", num_args = 0..=1, default_missing_value = "", value_parser = ["-", ""], conflicts_with = "undo")]
        password: Option<String>,
    },
    /// Makes a real request through nodes and names the stage that failed
    Test {
        /// The nodes; without one all of them
        nodes: Vec<String>,
    },
    /// Looks after the list of rules
    Pac {
        #[command(subcommand)]
        verb: PacVerb,
    },
    /// Says what the rules say, or reads them again
    Rules {
        #[command(subcommand)]
        verb: RulesVerb,
    },
    /// Looks after lists of nodes that a provider keeps
    Subscription {
        #[command(subcommand)]
        verb: SubscriptionVerb,
    },
    /// Says which member serves a site, and why
    Why {
        /// A host name or an address
        host: String,
    },
    /// Changes a setting
    Set {
        /// Its key, as `get` lists it
        key: String,
        /// Its new value, or - for standard input, which shows no password to other programs
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Shows the settings
    Get {
        /// Only this one
        key: Option<String>,
    },
    /// Writes what helps to find a fault, without secrets, hosts and names
    Diagnose {
        /// The file, or - for standard output
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
    /// Shows what happened
    Events {
        /// Goes on with what happens
        #[arg(long, short)]
        follow: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ClusterVerb {
    /// Turns it on; what is left out stays as it was
    On {
        /// Only nodes of this group; "" for all
        #[arg(long)]
        group: Option<String>,
        /// How many members the pool is to have
        #[arg(long, value_name = "N")]
        size: Option<usize>,
        /// How a connection's member is chosen
        #[arg(long, value_parser = strategy(), value_name = "S")]
        strategy: Option<Strategy>,
    },
    /// Goes back to the single node
    Off,
}

#[derive(Debug, Subcommand)]
pub(super) enum PacVerb {
    /// Fetches the list now
    Update,
}

#[derive(Debug, Subcommand)]
pub(super) enum SubscriptionVerb {
    /// Fetches a list and adds its nodes as a group
    Add {
        /// Its address, or - for standard input, which shows it to no other program
        url: String,
        /// What to call it and its group; without it what the provider calls it
        #[arg(long)]
        name: Option<String>,
        /// Hours between two updates, 0 for never by itself; without it what the provider wants
        #[arg(long, value_name = "HOURS")]
        every: Option<u64>,
        /// Only shows what it would add
        #[arg(long)]
        preview: bool,
    },
    /// Lists the subscriptions, without the secret part of their addresses
    List,
    /// Fetches lists now
    Update {
        /// The subscription; without it all of them
        name: Option<String>,
    },
    /// Changes a subscription's name, address or interval
    Edit {
        /// The subscription
        name: String,
        #[command(flatten)]
        changes: NewSubscription,
    },
    /// Removes a subscription and the nodes that it brought
    Remove {
        /// The subscription
        name: String,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct NewSubscription {
    /// New name, also of the group
    #[arg(long = "name", value_name = "NAME")]
    pub(super) renamed: Option<String>,
    /// New address, or - for standard input
    #[arg(long)]
    pub(super) url: Option<String>,
    /// New hours between two updates, 0 for never by itself
    #[arg(long, value_name = "HOURS")]
    pub(super) every: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesVerb {
    /// Says which way an address goes, and by which rule
    Test {
        /// An address, a host, or a host and a port
        url: String,
    },
    /// Reads the user's rules and the access list again
    Reload,
}

#[derive(Debug, Subcommand)]
pub(super) enum NodeVerb {
    /// Shows all that is known of a node but its password
    Show {
        /// The node's id, its beginning, or its name
        node: String,
    },
    /// Changes a node's name, group, weight, tier or exclusion
    Edit {
        /// The node's id, its beginning, or its name
        node: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// Removes a node
    Remove {
        /// The node's id, its beginning, or its name
        node: String,
    },
    /// Keeps load balancing from using a node
    Exclude {
        /// The node's id, its beginning, or its name
        node: String,
        /// Lets load balancing use it again
        #[arg(long)]
        undo: bool,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Changes {
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New group
    #[arg(long)]
    group: Option<String>,
    /// Share of traffic against other nodes, 1 to 100
    #[arg(long)]
    weight: Option<u32>,
    /// Order of use for the strategy failover; lower goes first
    #[arg(long)]
    tier: Option<u32>,
    /// Whether load balancing leaves it out
    #[arg(long, value_name = "true|false")]
    excluded: Option<bool>,
}

impl From<Changes> for NodeChanges {
    fn from(Changes { name, group, weight, tier, excluded }: Changes) -> Self {
        Self { name, group, weight, tier, excluded }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Mode {
    /// Leaves the desktop alone
    Manual,
    /// A script decides by rules
    Pac,
    /// Everything goes through the gateway
    Global,
}

impl From<Mode> for settings::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Manual => Self::Manual,
            Mode::Pac => Self::Pac,
            Mode::Global => Self::Global,
        }
    }
}

fn strategy() -> impl clap::builder::TypedValueParser<Value = Strategy> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};

    PossibleValuesParser::new(Strategy::ALL.map(Strategy::word)).try_map(|word| word.parse::<Strategy>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_is_read() {
        for line in [
            "serve",
            "serve --listen 127.0.0.1:0",
            "--home /x status",
            "status --json --watch --home /x",
            "connect",
            "connect Tokyo",
            "disconnect",
            "cluster on",
            "cluster on --group g --size 3 --strategy least-cpu",
            "cluster off",
            "mode pac",
            "import -",
            "import ss://x",
            "nodes --json",
            "node",
            "node show a",
            "node edit a --name n --weight 2 --tier 1 --excluded true --group g",
            "node remove a",
            "node exclude a",
            "node exclude a --undo",
            "share a",
            "share a b --sip008",
            "share a --qr a.png",
            "share a --qr -",
            "share --group g --sip008",
            "scan a.png",
            "scan --screen --preview",
            "scan --clipboard",
            "import - --preview",
            "backup a",
            "backup a --password -",
            "backup a --password",
            "restore a --preview --password -",
            "restore a --yes",
            "restore --undo",
            "test",
            "test a b",
            "rules test http://a.example/x",
            "rules reload",
            "pac update",
            "subscription add https://a.example/x --name a --every 12 --preview",
            "subscription add -",
            "subscription list --json",
            "subscription update",
            "subscription update a",
            "subscription edit a --name b --url - --every 0",
            "subscription remove a",
            "set cluster.size 3",
            "set gateway.login -",
            "set cluster.size -3",
            "get",
            "get cluster.size",
            "diagnose report.txt",
            "diagnose -",
            "events -f",
            "logs --follow -n 5",
        ] {
            let words = std::iter::once("sluice").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_a_mistake_of_usage() {
        for line in [
            "",
            "fly",
            "serve --listen nowhere",
            "cluster",
            "cluster on --strategy best",
            "cluster on --size many",
            "mode fast",
            "import",
            "node fly",
            "node edit a",
            "subscription",
            "subscription add",
            "subscription edit a",
            "subscription remove",
            "share",
            "share a --group g",
            "share a --sip008 --qr -",
            "scan",
            "scan a.png --screen",
            "backup",
            "backup a --password hunter2",
            "restore",
            "restore a --undo",
            "set cluster.size",
            "logs -n x",
        ] {
            let words = std::iter::once("sluice").chain(line.split(' ').filter(|word| !word.is_empty()));
            let error = Cli::try_parse_from(words).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
        let help = Cli::try_parse_from(["sluice", "--help"]).unwrap_err();
        assert_eq!((help.kind(), help.exit_code()), (ErrorKind::DisplayHelp, 0));
    }
}
