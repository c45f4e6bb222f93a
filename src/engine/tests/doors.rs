//! The members that doors need.

use std::time::{Duration, Instant};

use crate::engine::nodes::{KnownNodes, NodeStore};
use crate::engine::plan::Planner;
use crate::engine::{InheritedPorts, Options};
use crate::model::Settings;
use crate::model::settings::{Door, NodeSelector};
use crate::pool::MemberQuota;

#[test]
fn a_door_keeps_members_from_its_first_use_until_it_was_unused_for_some_minutes() {
    let mut store = NodeStore::default();
    let new = KnownNodes::of(Vec::new()).import("socks5://a.example:1#a\nsocks5://b.example:1#b\n");
    store.add(new.unwrap().0);
    let id = store.find("b").unwrap().id.clone();
    let mut settings = Settings { active: true, ..Settings::default() };
    (settings.cluster.on, settings.cluster.size) = (true, 1);
    settings.doors = vec![Door { to: Some(NodeSelector::Node(id.clone())), ..Door::named("jp") }];
    let options = Options { listen: None, inherited: InheritedPorts::default(), program: "sluice".into() };
    let mut planner = Planner::off(&settings, options, "/run".into()).unwrap();
    let quotas = |planner: &mut Planner| planner.desired(&settings, &store).unwrap().members.quotas;
    assert_eq!(quotas(&mut planner), []);
    let start = Instant::now();
    assert!(planner.doors.start("jp", start));
    assert_eq!(quotas(&mut planner), [MemberQuota { nodes: [id].into(), count: 1 }]);
    assert!(!planner.doors.stop_unused(start + Duration::from_secs(179)));
    assert_eq!(quotas(&mut planner).len(), 1);
    assert!(planner.doors.stop_unused(start + Duration::from_secs(180)));
    assert_eq!(quotas(&mut planner), [], "its members leave");
}
