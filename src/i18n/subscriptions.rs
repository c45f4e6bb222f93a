//! Sentences about subscriptions: what an update changed, what is left of a plan.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::labels::one_line;
use super::{Locale, tr, units};
use crate::model::subscription::{ListChanges, NodeChange, Plan};

/// Most names that are listed per kind of change.
const NAMES: usize = 3;

/// The changes of an update, with the first names.
pub fn changes(locale: Locale, changes: &ListChanges) -> String {
    let (mut added, mut removed, mut renamed) = (Vec::new(), Vec::new(), Vec::new());
    for change in &changes.details {
        match change {
            NodeChange::Added { name, .. } => added.push(one_line(name)),
            NodeChange::Removed { name, .. } => removed.push(one_line(name)),
            NodeChange::Renamed { from, name, .. } => {
                renamed.push(tr!(locale, "subscription-name", old = one_line(from), new = one_line(name)));
            }
        }
    }
    let part = |count: usize, names: &[String]| (count > 0).then(|| self::names(locale, count, names));
    let parts = [
        part(changes.added, &added).map(|n| tr!(locale, "subscription-added", count = changes.added, names = n)),
        part(changes.removed, &removed)
            .map(|n| tr!(locale, "subscription-removed", count = changes.removed, names = n)),
        part(changes.renamed, &renamed)
            .map(|n| tr!(locale, "subscription-renamed", count = changes.renamed, names = n)),
        (!changes.is_news()).then(|| tr!(locale, "subscription-same", count = changes.kept)),
        (changes.elsewhere > 0).then(|| tr!(locale, "subscription-elsewhere", count = changes.elsewhere)),
        (changes.refused > 0).then(|| tr!(locale, "subscription-refused", count = changes.refused)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(&tr!(locale, "list-comma"))
}

fn names(locale: Locale, count: usize, names: &[String]) -> String {
    let shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(&tr!(locale, "list-comma"));
    if count > NAMES { format!("{shown}…") } else { shown }
}

/// The used part of a plan; empty if unknown.
pub fn used(locale: Locale, plan: &Plan) -> String {
    match (plan.used, plan.total) {
        (Some(used), Some(total)) => {
            tr!(locale, "subscription-used-of", used = units::bytes(used), total = units::bytes(total))
        }
        (Some(used), None) => units::bytes(used),
        (None, Some(total)) => tr!(locale, "subscription-of", total = units::bytes(total)),
        (None, None) => String::new(),
    }
}

/// The expiry date of a plan; empty if unknown.
pub fn ends(plan: &Plan, zone: &TimeZone) -> String {
    let moment = plan.expires_at.and_then(|at| Timestamp::from_millisecond(at).ok());
    moment.map(|moment| moment.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NodeId;

    fn some_changes() -> ListChanges {
        let id = || NodeId::from_text("80e7d5f04d77");
        let mut changes = ListChanges { kept: 7, refused: 1, elsewhere: 1, ..ListChanges::default() };
        for name in ["Lima", "Oslo", "Rome", "Bern"] {
            changes.note(NodeChange::Added { id: id(), name: name.into() });
        }
        changes.note(NodeChange::Removed { id: id(), name: "Tokyo\u{1b}[2J".into() });
        changes.note(NodeChange::Renamed { id: id(), from: "Osaka".into(), name: "Osaka 2".into() });
        changes
    }

    #[test]
    fn changes_are_listed_with_names() {
        insta::assert_snapshot!(changes(Locale::English, &some_changes()), @"4 added (Lima, Oslo, Rome…), 1 removed (Tokyo [2J), 1 renamed (Osaka → Osaka 2), 1 in another group, 1 not usable");
        insta::assert_snapshot!(changes(Locale::SimplifiedChinese, &some_changes()), @"新增 4 个（Lima，Oslo，Rome…），移除 1 个（Tokyo [2J），重命名 1 个（Osaka → Osaka 2），1 个已在其他分组，1 个无法使用");
        let same = ListChanges { kept: 3, ..ListChanges::default() };
        assert_eq!(changes(Locale::English, &same), "3 nodes, no changes");
    }

    #[test]
    fn unknown_parts_of_a_plan_are_left_out() {
        let plan = |used, total| self::used(Locale::English, &Plan { used, total, expires_at: None });
        assert_eq!(plan(Some(1_500_000_000), Some(100_000_000_000)), "1.5 GB of 100 GB");
        assert_eq!(
            (plan(Some(5_000), None), plan(None, Some(5_000)), plan(None, None)),
            ("5.0 KB".into(), "of 5.0 KB".into(), String::new())
        );
        let ending = Plan { expires_at: Some(1_700_000_000_000), ..Plan::default() };
        assert_eq!(ends(&ending, &TimeZone::UTC), "2023-11-14");
        assert_eq!(ends(&Plan { expires_at: Some(i64::MAX), ..Plan::default() }, &TimeZone::UTC), "");
    }
}
