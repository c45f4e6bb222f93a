//! Writes the rules as a PAC script for browsers (proxy auto-configuration).
//!
//! The script decides as [`LayeredRules::decide`] does, and as fast: domains are looked up in an object, texts by their
//! rarest four characters, and only patterns are matched one after another. Patterns that could make a browser's own
//! engine hang are run by the script itself. It is written for the oldest engines that still support such scripts, and
//! it never resolves a name.

use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::LayeredRules;
use super::list::{Anchor, RuleList, RuleTable};
use super::local_hosts::{LOCAL_DOMAINS, LOCAL_NETWORKS_V4};
use super::regexes::ForBrowsers;
use crate::model::route::GATEWAY;

/// The part that does not depend on the rules.
const LOGIC: &str = include_str!("pac.js");

/// Number of characters by which a text is looked up.
const KEY_LENGTH: usize = 4;

/// What browsers do if the proxy does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// They show an error.
    None,
    /// They connect directly, which reveals their address to the site.
    Direct,
}

/// The script for these rules, with [`GATEWAY`] as the placeholder for the proxy's address.
pub fn script(rules: &LayeredRules, fallback: Fallback) -> String {
    let proxy = match fallback {
        Fallback::None => format!("PROXY {GATEWAY}"),
        Fallback::Direct => format!("PROXY {GATEWAY}; DIRECT"),
    };
    let near = LOCAL_NETWORKS_V4.map(|(network, bits)| json!([network.to_bits(), bits]));
    let data = json!({
        "proxy": proxy,
        "near": near.as_slice(),
        "nearDomains": LOCAL_DOMAINS,
        "user": list(&rules.user),
        "list": list(&rules.list),
    });
    format!("// Written by Sluice.\nvar rules = {data};\n{LOGIC}")
}

/// A short name that changes with the script's content: browsers cache a script by its URL.
pub fn name(script: &str) -> String {
    format!("{:016x}", xxh3_64(script.as_bytes()))
}

fn list(list: &RuleList) -> Value {
    json!({ "direct": table(&list.direct), "proxy": table(&list.proxy) })
}

fn table(table: &RuleTable) -> Value {
    let mut domains: Vec<_> = table.domains.iter().collect();
    domains.sort_by_key(|(name, _)| *name);
    let domains = domains.into_iter().map(|(name, domain)| {
        let tails = || Value::from(domain.tails.iter().map(|(tail, _)| &**tail).collect::<Vec<_>>());
        (name.to_string(), if domain.all.is_some() { json!(1) } else { tails() })
    });
    let (keyed, short) = texts(&table.texts);
    let (mut patterns, mut programs) = (Vec::new(), Vec::new());
    for script in &table.scripts {
        match script {
            ForBrowsers::Expression(expression) => patterns.push(expression),
            ForBrowsers::Program(steps) => programs.push(steps),
        }
    }
    json!({
        "domains": domains.collect::<serde_json::Map<_, _>>(),
        "texts": keyed,
        "short": short,
        "patterns": patterns,
        "programs": programs,
    })
}

/// Texts by four of their characters, the rarest of each; then the texts that are too short.
fn texts(texts: &[(Anchor, Box<str>)]) -> (Value, Value) {
    let mut frequency = std::collections::HashMap::<&[u8], usize>::new();
    let keys = |text: &'_ str| text.len().saturating_sub(KEY_LENGTH - 1);
    for (_, text) in texts {
        (0..keys(text)).for_each(|at| *frequency.entry(&text.as_bytes()[at..at + KEY_LENGTH]).or_default() += 1);
    }
    let mut keyed = std::collections::BTreeMap::<&str, Vec<String>>::new();
    let mut short = Vec::new();
    for (anchor, text) in texts {
        let marked = format!("{}{text}", mark(*anchor));
        let rarest = (0..keys(text)).map(|at| &text[at..at + KEY_LENGTH]).min_by_key(|key| frequency[key.as_bytes()]);
        match rarest {
            Some(key) => keyed.entry(key).or_default().push(marked),
            None => short.push(marked),
        }
    }
    (json!(keyed), json!(short))
}

fn mark(anchor: Anchor) -> char {
    match anchor {
        Anchor::Anywhere => '.',
        Anchor::Start => '<',
        Anchor::End => '>',
        Anchor::Whole => '=',
    }
}
