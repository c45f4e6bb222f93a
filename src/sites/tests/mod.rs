//! The rules, on a memory with a few nodes, in simulated time.

use super::*;
use crate::model::meter::SegmentCounts;
use crate::model::site::SitePlacement;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const START: i64 = 1_700_000_000_000;

struct Lab {
    memory: SiteMemory,
    nodes: Vec<NodeId>,
    suspect: Vec<bool>,
    segments: Vec<SegmentCounts>,
    now: i64,
}

impl Lab {
    fn of(count: usize) -> Self {
        let nodes = (0..count).map(|index| NodeId::from_text(&format!("n{index}"))).collect();
        let (suspect, segments) = (vec![false; count], vec![SegmentCounts::default(); count]);
        Self { memory: SiteMemory::default(), nodes, suspect, segments, now: START }
    }

    fn order(&mut self, name: &str, client: Option<u64>) -> Vec<usize> {
        let members = self.nodes.iter().zip(self.suspect.iter().zip(&self.segments));
        let members = members.map(|(id, (is_suspect, segments))| SiteMember {
            id,
            is_suspect: *is_suspect,
            is_crowded: false,
            check_ms: None,
            segments: *segments,
        });
        let members: Vec<_> = members.collect();
        let mut costs = vec![0.0; members.len()];
        let request = SiteRequest { key: key(name), name, is_private: false, client };
        // Each site's draw is the order of the nodes.
        self.memory.choose(request, &members, &mut costs, |index| index as f64, 1.0, self.now);
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|&a, &b| self.suspect[a].cmp(&self.suspect[b]).then(costs[a].total_cmp(&costs[b])));
        order
    }

    /// The node of the next connection.
    fn connect(&mut self, name: &str) -> usize {
        self.order(name, None)[0]
    }

    fn answer(&mut self, name: &str, node: usize, ms: f32) {
        self.memory.observe(key(name), &self.nodes[node], Observation::FirstByte(ms), self.now);
    }

    /// The connection fails on these nodes, and the last one serves it.
    fn fail(&mut self, name: &str, failing: &[usize], served: usize, how: SiteFailure) {
        self.answer(name, served, 100.0);
        for node in failing {
            self.memory.observe(key(name), &self.nodes[*node], Observation::Failed(how), self.now);
        }
        self.memory.served_elsewhere(key(name), &self.nodes[served], self.now);
    }

    /// Connections of sites of which each takes this time, on their own nodes.
    fn serve(&mut self, names: &[String], ms: impl Fn(usize) -> f32) {
        for name in names {
            let node = self.connect(name);
            self.answer(name, node, ms(node));
        }
        self.now += 10 * SECOND;
    }

    fn placement(&self, name: &str) -> (usize, SitePlacement) {
        let record = &self.memory.sites[&key(name)];
        (self.nodes.iter().position(|node| *node == record.node).unwrap(), record.placement)
    }
}

fn key(name: &str) -> SiteKey {
    SiteKey::new(name, None)
}

#[test]
fn a_site_stays_on_its_node_while_that_serves_it() {
    let mut lab = Lab::of(3);
    let first = lab.connect("a.test");
    for _ in 0..200 {
        lab.answer("a.test", first, 100.0);
        lab.now += 30 * SECOND;
        assert_eq!(lab.connect("a.test"), first);
    }
    assert_eq!(lab.placement("a.test"), (first, SitePlacement::New));
}

#[test]
fn a_new_site_that_fails_moves_at_once_and_one_that_worked_after_the_second_failure() {
    let mut lab = Lab::of(5);
    assert_eq!(lab.connect("new.test"), 0);
    lab.fail("new.test", &[0, 1, 2], 3, SiteFailure::Closed);
    assert_eq!((lab.connect("new.test"), lab.placement("new.test")), (3, (3, SitePlacement::Failed)));

    assert_eq!(lab.connect("old.test"), 0);
    lab.answer("old.test", 0, 100.0);
    lab.fail("old.test", &[0], 1, SiteFailure::Closed);
    assert_eq!(lab.connect("old.test"), 0, "once may be chance");
    lab.fail("old.test", &[0], 1, SiteFailure::Silent);
    assert_eq!(lab.connect("old.test"), 1);
    assert_eq!(lab.order("old.test", None)[4], 0, "the node that fails comes last");
    // A site that works there does not move.
    assert_eq!(lab.connect("other.test"), 0);
}

#[test]
fn a_refusal_that_another_node_does_not_give_moves_a_site_at_once() {
    let mut lab = Lab::of(3);
    let first = lab.connect("a.test");
    lab.answer("a.test", first, 100.0);
    assert!(lab.memory.may_ask_elsewhere(key("a.test"), lab.now));
    lab.fail("a.test", &[first], 2, SiteFailure::Refused);
    assert_eq!(lab.connect("a.test"), 2);
    lab.memory.refused_everywhere(key("a.test"), lab.now);
    assert!(!lab.memory.may_ask_elsewhere(key("a.test"), lab.now + MINUTE));
    assert!(lab.memory.may_ask_elsewhere(key("a.test"), lab.now + 25 * 60 * MINUTE));
}

#[test]
fn failures_of_two_sites_in_a_row_are_the_nodes() {
    let mut lab = Lab::of(3);
    for name in ["a.test", "b.test"] {
        assert_eq!(lab.connect(name), 0);
        lab.answer(name, 0, 100.0);
    }
    lab.fail("a.test", &[0], 1, SiteFailure::Closed);
    lab.fail("b.test", &[0], 1, SiteFailure::Closed);
    lab.fail("a.test", &[0], 1, SiteFailure::Closed);
    assert_eq!((lab.connect("a.test"), lab.connect("b.test")), (0, 0));
}

#[test]
fn a_site_goes_back_after_a_short_absence_of_its_node_and_stays_away_after_a_long_one() {
    let mut lab = Lab::of(3);
    assert_eq!(lab.connect("a.test"), 0);
    lab.answer("a.test", 0, 100.0);
    lab.suspect[0] = true;
    assert_eq!(lab.connect("a.test"), 1);
    lab.suspect[0] = false;
    assert_eq!(lab.connect("a.test"), 0);
    lab.suspect[0] = true;
    for _ in 0..5 {
        assert_eq!(lab.connect("a.test"), 1);
        lab.now += 40 * SECOND;
    }
    lab.suspect[0] = false;
    assert_eq!((lab.connect("a.test"), lab.placement("a.test")), (1, (1, SitePlacement::Gone)));
}

#[test]
fn sites_move_to_a_node_that_has_been_clearly_faster_and_not_back() {
    let mut lab = Lab::of(2);
    let names: Vec<String> = (0..40).map(|index| format!("s{index}.test")).collect();
    // Half of them on each node.
    for (index, name) in names.iter().enumerate() {
        lab.suspect = vec![index % 2 == 1, index % 2 == 0];
        lab.connect(name);
    }
    lab.suspect = vec![false; 2];
    (0..30).for_each(|_| lab.serve(&names, |node| if node == 0 { 200.0 } else { 190.0 }));
    assert_eq!(names.iter().filter(|name| lab.placement(name).0 == 0).count(), 20, "5 % is no reason");
    (0..30).for_each(|_| lab.serve(&names, |node| if node == 0 { 200.0 } else { 100.0 }));
    assert!(names.iter().all(|name| lab.placement(name).0 == 1));
    // The other one becomes faster: not at once.
    lab.serve(&names, |node| if node == 0 { 50.0 } else { 200.0 });
    assert!(names.iter().all(|name| lab.placement(name).0 == 1));
    // New sites begin on the node that did well.
    assert_eq!(lab.connect("new.test"), 1);
}

#[test]
fn sites_that_one_program_opens_together_share_a_node() {
    let mut lab = Lab::of(3);
    let program = Some(7);
    lab.suspect = vec![true, false, false];
    assert_eq!(lab.order("shop.test", program)[0], 1);
    lab.suspect = vec![false; 3];
    lab.now += SECOND;
    assert_eq!(lab.order("cdn.test", program)[0], 1, "opened together");
    assert_eq!(lab.order("mail.test", Some(8))[0], 0, "another program");
    assert_eq!(lab.placement("cdn.test"), (1, SitePlacement::Family));
    for visit in 0..4 {
        lab.now += 5 * MINUTE;
        lab.order("shop.test", program);
        lab.now += SECOND;
        lab.order("cdn.test", program);
        lab.order(["ads.test", "x.test"][visit % 2], program);
    }
    // The family moves together.
    for _ in 0..2 {
        lab.fail("cdn.test", &[1], 2, SiteFailure::Closed);
    }
    assert_eq!((lab.connect("cdn.test"), lab.connect("shop.test")), (2, 2));
    lab.now += 5 * MINUTE;
    assert_eq!(lab.order("cdn.test", program)[0], 2);
}

#[test]
fn the_memory_survives_as_a_file_and_is_bounded() {
    let mut lab = Lab::of(3);
    lab.connect("a.test");
    lab.fail("a.test", &[0], 2, SiteFailure::Closed);
    let text = serde_json::to_string(&lab.memory.file(lab.now)).unwrap();
    lab.memory = SiteMemory::of(serde_json::from_str(&text).unwrap(), lab.now);
    assert_eq!(lab.connect("a.test"), 2);

    for index in 0..MAX_SITES + 50 {
        lab.now += SECOND;
        lab.connect(&format!("s{index}.test"));
    }
    assert_eq!(lab.memory.len(), MAX_SITES);
    assert!(lab.memory.take_changed() && !lab.memory.take_changed());
    assert!(SiteMemory::of(lab.memory.file(lab.now), lab.now + KEPT_MS + 1).is_empty());
    assert!(lab.memory.forget("s100.test") && !lab.memory.forget("s100.test"));
    assert_eq!(lab.memory.forget_all(), MAX_SITES - 1);
}

#[test]
fn sites_leave_a_node_whose_segments_are_lost() {
    let mut lab = Lab::of(2);
    let names = |node: usize| (0..5).map(|index| format!("s{node}-{index}.test")).collect::<Vec<_>>();
    let ms = |node| [100.0, 150.0][node];
    for node in [1, 0] {
        lab.suspect[0] = node == 1;
        lab.serve(&names(node), ms);
    }
    let serve = |lab: &mut Lab, times, retransmitted| {
        for _ in 0..times {
            lab.segments[0].sent += 500;
            lab.segments[0].retransmitted += retransmitted;
            lab.serve(&names(0), ms);
        }
    };
    serve(&mut lab, 6, 0);
    assert_eq!((lab.connect("new.test"), lab.placement("s0-0.test").0), (0, 0));
    serve(&mut lab, 30, 20);
    assert_eq!(lab.connect("newer.test"), 1, "more than three percent of late cost 150 ms");
    assert_eq!(lab.placement("s0-0.test"), (1, SitePlacement::Faster));
}

#[test]
fn sites_of_socks_users_are_apart_and_not_saved() {
    let mut lab = Lab::of(2);
    let ids = lab.nodes.clone();
    let members = ids
        .iter()
        .map(|id| SiteMember { id, is_suspect: false, is_crowded: false, check_ms: None, segments: Default::default() })
        .collect::<Vec<_>>();
    let key = SiteKey::new("a.test", Some("work"));
    assert_ne!(key, SiteKey::new("a.test", None));
    let request = SiteRequest { key, name: "a.test", is_private: true, client: None };
    lab.memory.choose(request, &members, &mut [0.0; 2], |index| index as f64, 1.0, lab.now);
    assert_eq!(lab.memory.len(), 1);
    assert_eq!((lab.memory.file(lab.now), lab.memory.views(lab.now)), (SiteFile::default(), Vec::new()));
}

#[test]
fn a_node_keeps_what_is_known_about_it_under_its_new_id() {
    let mut lab = Lab::of(2);
    lab.connect("a.test");
    lab.fail("a.test", &[0], 1, SiteFailure::Closed);
    let new = NodeId::from_text("new");
    lab.memory.rename(&lab.nodes[1], &new);
    lab.nodes[1] = new;
    assert_eq!(lab.connect("a.test"), 1);
}
