//! Chooses the name of a server that occurs several times in a list.
//!
//! Providers put notices (traffic left, expiry, a new address) into the names of copies of their first server, in front
//! of the real one. So the last name of equal servers that is not a notice is used.

use std::collections::HashMap;

use super::Item;

/// Words in notices, in lower case.
const NOTICE_WORDS: [&str; 27] = [
    "剩余",
    "流量",
    "到期",
    "过期",
    "有效期",
    "重置",
    "套餐",
    "官网",
    "官方",
    "网址",
    "域名",
    "订阅",
    "客服",
    "公告",
    "通知",
    "续费",
    "发布",
    "expire",
    "expiry",
    "traffic",
    "remaining",
    "bandwidth",
    "days left",
    "gb left",
    "notice",
    "renew",
    "website",
];

/// Maximum number of notices that are kept, and maximum length of each in characters.
const MAX_NOTICES: usize = 8;
const MAX_NOTICE: usize = 100;

/// Gives the first of equal servers the chosen name, and returns the notices among the other names.
pub fn choose_names(items: &mut [Item]) -> Vec<String> {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        if let Ok(node) = &item.node {
            places.entry(node.id()).or_default().push(index);
        }
    }
    let mut equal: Vec<_> = places.into_values().filter(|places| places.len() > 1).collect();
    equal.sort_unstable();
    let mut notices = Vec::new();
    for places in equal {
        let name = |index: &usize| items[*index].node.as_ref().map(|node| node.name.clone()).unwrap_or_default();
        let names: Vec<_> = places.iter().map(name).collect();
        let last = names.iter().rposition(|name| !name.is_empty() && !is_notice(name)).unwrap_or(names.len() - 1);
        if let Ok(node) = &mut items[places[0]].node {
            node.name.clone_from(&names[last]);
        }
        let told = names.iter().filter(|name| is_notice(name) && **name != names[last]);
        let told = told.map(|name| name.chars().take(MAX_NOTICE).collect());
        notices.extend(told.take(MAX_NOTICES.saturating_sub(notices.len())));
    }
    notices
}

fn is_notice(name: &str) -> bool {
    let name = name.to_lowercase();
    NOTICE_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::list;

    fn check(names: &[&str], expected: &str, notices: &[&str]) {
        let link = |name: &&str| format!("ss://YWVzLTI1Ni1nY206cHc@a.example:443#{name}\n");
        let mut items = list::read(&names.iter().map(link).collect::<String>()).unwrap();
        assert_eq!(choose_names(&mut items), notices, "{names:?}");
        assert_eq!(items[0].node.as_ref().unwrap().name, expected, "{names:?}");
    }

    #[test]
    fn the_last_name_that_is_not_a_notice_is_used() {
        let left = ["剩余流量：10 GB", "套餐到期：2026-12-31"];
        check(&[left[0], left[1], "香港 01"], "香港 01", &left);
        check(&["香港 01", left[0]], "香港 01", &left[..1]);
        check(&["A", "B"], "B", &[]);
        check(&left, left[1], &left[..1]);
        check(&["Traffic: 5 GB", "Expires 2027", "HK"], "HK", &["Traffic: 5 GB", "Expires 2027"]);
        check(&["HK", ""], "HK", &[]);
        check(&[left[0]], left[0], &[]);
    }
}
