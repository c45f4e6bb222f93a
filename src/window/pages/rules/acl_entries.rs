//! Entries of an access list: adding them to its bypass section, and extracting them from files that list a country's
//! networks or sites. Nothing is validated here; the engine does that when the list is applied.

use std::collections::HashSet;

/// Loopback and private networks.
pub(super) const PRIVATE_NETWORKS: [&str; 9] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

/// The names of the bypass section.
const BYPASS: [&str; 2] = ["[bypass_list]", "[black_list]"];

/// The list with these entries added to its bypass section, and how many of them are new.
pub(super) fn bypassing(list: &str, entries: &[String]) -> (String, usize) {
    let mut lines: Vec<&str> = list.lines().collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        lines = vec!["[proxy_all]"];
    }
    let (mut in_section, mut end) = (false, None);
    let mut known = HashSet::new();
    for (place, line) in lines.iter().map(|line| line.trim()).enumerate() {
        if line.starts_with('[') {
            in_section = BYPASS.contains(&line);
        }
        if in_section && !line.is_empty() {
            known.insert(line);
            end = Some(place + 1);
        }
    }
    let mut new = Vec::new();
    for entry in entries {
        if known.insert(entry) {
            new.push(entry.as_str());
        }
    }
    let added = new.len();
    if added > 0 {
        let place = end.unwrap_or_else(|| {
            lines.extend(["", BYPASS[0]]);
            lines.len()
        });
        lines.splice(place..place, new);
    }
    (lines.join("\n") + "\n", added)
}

/// The entries of a file: the bypass section of an access list, or all lines of a plain list.
pub(super) fn of(file: &str) -> Vec<String> {
    let file = file.trim_start_matches('\u{feff}');
    let is_list = file.lines().any(|line| BYPASS.contains(&line.trim()));
    let mut in_section = !is_list;
    let mut found = Vec::new();
    for line in file.lines().map(str::trim) {
        if line.starts_with('[') && line.ends_with(']') {
            in_section = !is_list || BYPASS.contains(&line);
        } else if in_section && !line.is_empty() && !line.starts_with(['#', '!', ';']) {
            found.push(if is_list { line.to_owned() } else { plain(line) });
        }
    }
    found
}

/// A line of a plain list: a network, or a domain with its subdomains. dnsmasq lists have the form `server=/…/`.
fn plain(line: &str) -> String {
    let line = line.strip_prefix("server=/").and_then(|rest| rest.split('/').next()).unwrap_or(line);
    let is_name = line.contains('.')
        && line.chars().any(char::is_alphabetic)
        && line.chars().all(|letter| letter.is_alphanumeric() || ['.', '-', '_'].contains(&letter));
    if is_name { format!("||{}", line.trim_start_matches('.')) } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::acl::Acl;

    fn near() -> Vec<String> {
        PRIVATE_NETWORKS.map(str::to_owned).to_vec()
    }

    #[test]
    fn entries_added_to_an_empty_list_bypass_the_proxy() {
        let (text, added) = bypassing(" \n", &near());
        assert!(text.starts_with("[proxy_all]\n\n[bypass_list]\n127.0.0.0/8\n"), "{text}");
        assert_eq!(added, PRIVATE_NETWORKS.len());
        assert_eq!(Acl::bad_lines(&text), []);
    }

    #[test]
    fn entries_are_added_to_an_existing_section_once() {
        let list = "[bypass_all]\n[bypass_list]\n10.0.0.0/8\n\n[proxy_list]\n||a.example\n";
        let (text, added) = bypassing(list, &["10.0.0.0/8".into(), "||b.example".into(), "||b.example".into()]);
        assert_eq!(text, "[bypass_all]\n[bypass_list]\n10.0.0.0/8\n||b.example\n\n[proxy_list]\n||a.example\n");
        assert_eq!(added, 1);
        assert_eq!(bypassing(&text, &["||b.example".into()]), (text, 0));
    }

    #[test]
    fn the_format_of_a_file_is_detected() {
        assert_eq!(of("# China\r\n1.0.1.0/24\r\n2001:250::/35\r\n"), ["1.0.1.0/24", "2001:250::/35"]);
        assert_eq!(of("server=/a.example/114.114.114.114\n.b.example\n"), ["||a.example", "||b.example"]);
        let acl = "[proxy_all]\n[proxy_list]\n||no.example\n[bypass_list]\n(^|\\.)yes\\.example$\n";
        assert_eq!(of(acl), ["(^|\\.)yes\\.example$"]);
    }
}
