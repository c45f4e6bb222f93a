//! The commands below a command: `cluster on`, `node edit` and their like.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::export::OtherMachine;
use crate::model::command::NodeChanges;
use crate::model::door::DoorChanges;
use crate::model::settings::{self, NodeFallback, Strategy};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ClusterVerb {
    /// Turn it on; options that are left out keep their values
    On {
        /// Use only the nodes of this group; "" for all
        #[arg(long)]
        group: Option<String>,
        /// Number of members
        #[arg(long, value_name = "N")]
        size: Option<usize>,
        /// How a connection gets its member
        #[arg(long, value_parser = strategy(), value_name = "S")]
        strategy: Option<Strategy>,
    },
    /// Go back to one node
    Off,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct ConnectionArguments {
    #[command(subcommand)]
    pub(in crate::cli) verb: Option<ConnectionsVerb>,
    /// Only those with this text in host, program, client address or node name
    pub(in crate::cli) text: Option<String>,
    /// Only those of this program, or of the client at this address
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) program: Option<String>,
    /// Only those through this node: its name, its id or the beginning of it
    #[arg(long)]
    pub(in crate::cli) node: Option<String>,
    /// Leave out those that have ended
    #[arg(long)]
    pub(in crate::cli) open: bool,
    /// Go on, once a second
    #[arg(long)]
    pub(in crate::cli) watch: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConnectionsVerb {
    /// Close connections
    #[command(group(clap::ArgGroup::new("meant").required(true).multiple(true).args(["which", "all", "program", "node"])))]
    Close {
        /// Their numbers, or one text as in the list
        #[arg(value_name = "ID|TEXT")]
        which: Vec<String>,
        /// All of them
        #[arg(long, conflicts_with_all = ["which", "program", "node"])]
        all: bool,
        /// Those of this program, or of the client at this address
        #[arg(long, value_name = "NAME")]
        program: Option<String>,
        /// Those through this node: its name, its id or the beginning of it
        #[arg(long)]
        node: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PacVerb {
    /// Fetch the list now
    Update,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SubscriptionVerb {
    /// Fetch a list and add its nodes as a group
    Add {
        /// Its address, or - for standard input, which other programs cannot see
        url: String,
        /// Name of the subscription and its group; by default the provider's
        #[arg(long)]
        name: Option<String>,
        /// Hours between updates, 0 for only on request; by default the provider's
        #[arg(long, value_name = "HOURS")]
        every: Option<u64>,
        /// Show what would be added, and add nothing
        #[arg(long)]
        preview: bool,
    },
    /// List the subscriptions, without the secret parts of their addresses
    List,
    /// Fetch lists now
    Update {
        /// The subscription; by default all
        name: Option<String>,
    },
    /// Change a subscription's name, address or interval
    Edit {
        /// The subscription
        name: String,
        #[command(flatten)]
        changes: NewSubscription,
    },
    /// Remove a subscription and its nodes
    Remove {
        /// The subscription
        name: String,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(in crate::cli) struct NewSubscription {
    /// New name, also of the group
    #[arg(long = "name", value_name = "NAME")]
    pub(in crate::cli) renamed: Option<String>,
    /// New address, or - for standard input
    #[arg(long)]
    pub(in crate::cli) url: Option<String>,
    /// New hours between updates, 0 for only on request
    #[arg(long, value_name = "HOURS")]
    pub(in crate::cli) every: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SitesVerb {
    /// Forget a site, or all
    Forget {
        /// A host of the site
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        site: Option<String>,
        /// Forget all sites
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RulesVerb {
    /// Show which rule matches an address and where it goes
    Test {
        /// An address, a host, or a host and a port
        url: String,
        /// For a client that is this program, as pins name it
        #[arg(long, value_name = "NAME")]
        program: Option<String>,
    },
    /// Read your rules and the access list again
    Reload,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum NodeVerb {
    /// Show everything about a node except its password
    Show {
        /// The node: its id, the beginning of it, or its name
        node: String,
    },
    /// Change a node's name, group, weight, tier or exclusion
    Edit {
        /// The node: its id, the beginning of it, or its name
        node: String,
        #[command(flatten)]
        changes: Changes,
    },
    /// Allow the plugin of a node to run, for this node and all others
    AllowPlugin {
        /// The node: its id, the beginning of it, or its name
        node: String,
    },
    /// Remove a node
    Remove {
        /// The node: its id, the beginning of it, or its name
        node: String,
    },
    /// Exclude a node from load balancing
    Exclude {
        /// The node: its id, the beginning of it, or its name
        node: String,
        /// Include it again
        #[arg(long)]
        undo: bool,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(in crate::cli) struct Changes {
    /// New name
    #[arg(long)]
    name: Option<String>,
    /// New group
    #[arg(long)]
    group: Option<String>,
    /// Share of traffic compared with other nodes, 1 to 100
    #[arg(long)]
    weight: Option<u32>,
    /// Order in the strategy failover; lower goes first
    #[arg(long)]
    tier: Option<u32>,
    /// Whether it is excluded from load balancing
    #[arg(long, value_name = "true|false")]
    excluded: Option<bool>,
    /// Its country, two letters; empty for the one that its name tells
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
}

impl From<Changes> for NodeChanges {
    fn from(Changes { name, group, weight, tier, excluded, country }: Changes) -> Self {
        Self { name, group, weight, tier, excluded, country }
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DoorVerb {
    /// Add a door
    Add {
        /// Its name, which is also the user name for it at the main port
        name: String,
        #[command(flatten)]
        door: DoorArguments,
    },
    /// List the doors
    List,
    /// Change a door; "" removes a value
    Edit {
        /// The door
        name: String,
        /// New name
        #[arg(long = "name", value_name = "NAME")]
        renamed: Option<String>,
        #[command(flatten)]
        door: DoorArguments,
    },
    /// Remove a door; its open connections continue
    Remove {
        /// The door
        name: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DoorArguments {
    /// The address of its port; without one it is used by its name alone
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Its node: the id, the beginning of it, or the name
    #[arg(long, group = "door_nodes")]
    node: Option<String>,
    /// The group of its nodes
    #[arg(long, group = "door_nodes")]
    group: Option<String>,
    /// The country of its nodes, two letters
    #[arg(long, value_name = "CODE", group = "door_nodes")]
    country: Option<String>,
    /// What happens if none of its nodes works: an error, another node in the country or group of its node, or any other
    #[arg(long = "else", value_name = "fail|country|group|any", value_parser = fallback())]
    fallback: Option<NodeFallback>,
    /// How its nodes are ordered; by default as in load balancing
    #[arg(long, value_name = "S")]
    strategy: Option<String>,
}

impl DoorArguments {
    /// The changes, with this new name.
    pub(in crate::cli) fn changes(self, name: Option<String>) -> DoorChanges {
        let Self { listen, node, group, country, fallback, strategy } = self;
        let of = |kind: &str, text: Option<String>| {
            text.map(|text| if text.is_empty() { text } else { format!("{kind}:{text}") })
        };
        let to = of("node", node).or_else(|| of("group", group)).or_else(|| of("country", country));
        DoorChanges { name, listen, to, fallback, strategy }
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ExportVerb {
    /// For HAProxy: in front of several machines that run `sluice serve` with `gateway.metrics`
    Haproxy {
        /// The machines: their gateways, by default at port 1080
        #[arg(required = true, value_name = "HOST[:PORT]")]
        machines: Vec<OtherMachine>,
        /// The port of gateway.metrics on each machine
        #[arg(long, value_name = "PORT", default_value_t = 9180, value_parser = clap::value_parser!(u16).range(1..))]
        health_port: u16,
        /// Where HAProxy listens
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1080")]
        listen: SocketAddr,
        /// The file, or - for standard output
        #[arg(long, short, value_name = "FILE|-")]
        output: PathBuf,
    },
    /// For sing-box: outbounds, and a group that uses the fastest
    SingBox(ExportArguments),
    /// For mihomo (Clash Meta): proxies, and a group that uses the fastest
    Mihomo(ExportArguments),
}

/// Arguments of an export of nodes.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    /// Only nodes of this group; by default the group of load balancing
    #[arg(long)]
    pub(in crate::cli) group: Option<String>,
    /// Where the program listens: a loopback address, since it asks for no login
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1080")]
    pub(in crate::cli) listen: SocketAddr,
    /// The file, or - for standard output; it contains the passwords
    #[arg(long, short, value_name = "FILE|-")]
    pub(in crate::cli) output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum ModeArgument {
    /// Leave the system proxy alone
    Manual,
    /// A PAC script decides by rules
    Pac,
    /// Everything goes through the proxy
    Global,
}

impl From<ModeArgument> for settings::Mode {
    fn from(mode: ModeArgument) -> Self {
        match mode {
            ModeArgument::Manual => Self::Manual,
            ModeArgument::Pac => Self::Pac,
            ModeArgument::Global => Self::Global,
        }
    }
}

fn strategy() -> impl clap::builder::TypedValueParser<Value = Strategy> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};

    PossibleValuesParser::new(Strategy::ALL.map(Strategy::as_str)).try_map(|word| word.parse::<Strategy>())
}

pub(super) fn fallback() -> impl clap::builder::TypedValueParser<Value = NodeFallback> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};

    PossibleValuesParser::new(NodeFallback::ALL.map(NodeFallback::as_str)).try_map(|word| word.parse::<NodeFallback>())
}
