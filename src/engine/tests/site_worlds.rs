//! A policy simulation of the strategies over whole sites: five nodes, two hundred sites, four hours.
//!
//! Five worlds, in simulated time: nodes that are equal; one that is much faster; sites that some nodes cannot reach;
//! nodes whose quality changes by the hour; and a node that is near but loses segments. An oracle knows at any time which node serves a site fastest. The
//! regret of a strategy is the mean time by which its responses come later than the oracle's; a request whose first
//! node fails is replayed, which costs the time of the failure.
//!
//! `cargo test smart_beats -- --nocapture` shows the table, which is in `docs/strategies.md`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::gateway::choice::{self, LearnedCosts, SelectionKey, Table};
use crate::model::meter::SegmentCounts;
use crate::model::{Dial, Handshake, Meter, NodeId, Roster, Strategy, Upstream};
use crate::sites::{Observation, SiteFailure, SiteKey, SiteMemory, SiteRequest};

const NODES: usize = 5;
const SITES: usize = 200;
const HOUR: u64 = 3_600_000;
const HOURS: u64 = 4;

/// Mean time between two connections, in ms.
const EVERY: f64 = 1_000.0;

/// The longest interval of the health checks of a node that works, in ms.
const CHECKED_EVERY: u64 = 300_000;

/// Learning comes first: what counts is counted from here.
const COUNTED_FROM: u64 = HOUR / 4;

/// The start of the simulated time as Unix time in ms.
const EPOCH: i64 = 1_700_000_000_000;

/// Segments that a client's side sends in a connection; the first byte waits for some, from both sides, and a lost one
/// delays it.
const SEGMENTS: u64 = 20;
const SEGMENTS_BEFORE_RESPONSE: i32 = 5;
const RETRANSMISSION_MS: f64 = 400.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum World {
    EqualNodes,
    OneFast,
    BlockedSites,
    ChangingNodes,
    LossyNode,
}

impl World {
    const ALL: [Self; 5] = [Self::EqualNodes, Self::OneFast, Self::BlockedSites, Self::ChangingNodes, Self::LossyNode];

    /// The time to the first byte through a node, without the site's part, in ms.
    fn node_ms(self, node: usize, now: u64, seed: u64) -> f64 {
        match self {
            Self::EqualNodes => 120.0,
            Self::OneFast => [150.0, 160.0, 60.0, 170.0, 180.0][node],
            Self::BlockedSites => [110.0, 120.0, 130.0, 140.0, 150.0][node],
            Self::ChangingNodes => {
                let turn = (now / HOUR + seed) as usize;
                [60.0, 110.0, 160.0, 220.0, 300.0][(node * 2 + turn * 3) % NODES]
            }
            Self::LossyNode => [70.0, 100.0, 110.0, 120.0, 130.0][node],
        }
    }

    /// The share of segments to and from a node that are lost.
    fn loss(self, node: usize) -> f64 {
        if self == Self::LossyNode && node == 0 { 0.05 } else { 0.0 }
    }

    /// The mean time to the first byte through a node, without the site's part, in ms.
    fn mean_ms(self, node: usize, now: u64, seed: u64) -> f64 {
        let is_whole = (1.0 - self.loss(node)).powi(SEGMENTS_BEFORE_RESPONSE);
        self.node_ms(node, now, seed) + (1.0 - is_whole) * RETRANSMISSION_MS
    }
}

#[derive(Clone, Debug, Default)]
struct WorldResult {
    connections: u64,
    failed: u64,
    regret: f64,
    changes: u64,
    /// From the first connection on, the time of learning included.
    all_changes: u64,
}

struct SiteWorld {
    world: World,
    seed: u64,
    chance: StdRng,
    site_ms: Vec<f64>,
    /// By site and node.
    blocked: Vec<[bool; NODES]>,
    /// The cumulated popularity of the sites.
    popularity: Vec<f64>,
    memory: SiteMemory,
    table: Table,
    meters: Vec<Arc<Meter>>,
    exits: Vec<Option<usize>>,
    open: BinaryHeap<Reverse<(u64, usize)>>,
    guards: std::collections::HashMap<usize, crate::model::meter::ActiveConnection>,
    count: usize,
}

impl SiteWorld {
    fn new(world: World, strategy: Strategy, seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let meters: Vec<Arc<Meter>> = (0..NODES).map(|_| Arc::default()).collect();
        let upstreams = meters.iter().enumerate().map(|(index, meter)| Arc::new(upstream(index, meter))).collect();
        let roster = Roster { upstreams, draining: Vec::new() };
        let site_ms = (0..SITES).map(|_| chance.random_range(5.0..80.0)).collect();
        let blocked = (0..SITES).map(|site| {
            let mut nodes = [false; NODES];
            if world == World::BlockedSites && site % 10 < 3 {
                let first = chance.random_range(0..NODES);
                (0..3).for_each(|step| nodes[(first + step) % NODES] = true);
            }
            nodes
        });
        let blocked = blocked.collect();
        let mut sum = 0.0;
        let popularity = (1..=SITES).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self {
            world,
            seed,
            site_ms,
            blocked,
            popularity: popularity.collect(),
            chance,
            memory: SiteMemory::default(),
            table: Table::empty(strategy).next(&roster, strategy),
            meters,
            exits: vec![None; SITES],
            open: BinaryHeap::new(),
            guards: std::collections::HashMap::new(),
            count: 0,
        }
    }

    fn any_site(&mut self) -> usize {
        let all = self.popularity.last().copied().unwrap_or_default();
        let roll = self.chance.random_range(0.0..all);
        self.popularity.partition_point(|sum| *sum <= roll).min(SITES - 1)
    }

    fn order(&mut self, site: usize, now: u64) -> Vec<usize> {
        let name = format!("site-{site}.test");
        let key = SiteKey::new(&name, None);
        let learned = (self.table.strategy == Strategy::Smart).then(|| {
            let request = SiteRequest { key, name: &name, is_private: false, client: None };
            let roll = self.chance.random();
            choice::learned_costs(&mut self.memory, &self.table, request, roll, EPOCH + now as i64)
        });
        let learned = learned.as_ref().map(LearnedCosts::as_slice);
        let key = SelectionKey { affinity: key.hash(), now_ms: now as u32, without: &[], learned };
        choice::candidates(&self.table, key, &mut self.chance).collect()
    }

    fn connect(&mut self, now: u64, result: &mut WorldResult) {
        let site = self.any_site();
        let key = SiteKey::new(&format!("site-{site}.test"), None);
        let expected = |node: usize| self.world.mean_ms(node, now, self.seed) + self.site_ms[site];
        let usable = (0..NODES).filter(|node| !self.blocked[site][*node]).map(expected);
        let best = usable.min_by(f64::total_cmp).expect("some node serves each site");
        let order = self.order(site, now);
        let (mut time, mut lost) = (0.0, Vec::new());
        let at = EPOCH + now as i64;
        for node in order {
            let expected = self.world.node_ms(node, now, self.seed) + self.site_ms[site];
            let took = expected * self.chance.random_range(0.85..1.15) + self.lose(node);
            time += took;
            if self.blocked[site][node] {
                self.meters[node].fail();
                self.meters[node].observe_first_byte(5_000.0, now as u32);
                lost.push(node);
                continue;
            }
            self.hold(node, now);
            self.meters[node].answered(Some(took as f32), now as u32);
            if self.table.strategy == Strategy::Smart {
                self.memory.observe(key, &node_id(node), Observation::FirstByte(took as f32), at);
                for lost in &lost {
                    self.memory.observe(key, &node_id(*lost), Observation::Failed(SiteFailure::Closed), at);
                }
                if !lost.is_empty() {
                    self.memory.served_elsewhere(key, &node_id(node), at);
                }
            }
            let changed = self.exits[site].replace(node).is_some_and(|exit| exit != node);
            result.all_changes += u64::from(changed);
            if now >= COUNTED_FROM {
                result.connections += 1;
                result.changes += u64::from(changed);
                result.failed += u64::from(!lost.is_empty());
                result.regret += time - best;
            }
            return;
        }
        panic!("some node serves each site");
    }

    /// Counts the segments of a connection; the delay of its first byte by those that were lost.
    fn lose(&mut self, node: usize) -> f64 {
        let loss = self.world.loss(node);
        if loss == 0.0 {
            self.meters[node].add_segments(SegmentCounts { sent: SEGMENTS, retransmitted: 0 });
            return 0.0;
        }
        let retransmitted = (0..SEGMENTS).filter(|_| self.chance.random_bool(loss)).count() as u64;
        self.meters[node].add_segments(SegmentCounts { sent: SEGMENTS, retransmitted });
        let is_delayed = (0..SEGMENTS_BEFORE_RESPONSE).any(|_| self.chance.random_bool(loss));
        if is_delayed { RETRANSMISSION_MS } else { 0.0 }
    }

    /// Counts a connection as open for some seconds.
    fn hold(&mut self, node: usize, now: u64) {
        self.count += 1;
        self.guards.insert(self.count, self.meters[node].open());
        self.open.push(Reverse((now + self.chance.random_range(1_000..20_000), self.count)));
    }

    /// A health check of every node: its page takes two round trips.
    fn check(&mut self, now: u64) {
        for node in 0..NODES {
            let ms = 2.0 * self.world.node_ms(node, now, self.seed) * self.chance.random_range(0.85..1.15);
            self.meters[node].pass_check(std::time::Duration::from_millis(ms as u64));
        }
    }

    fn run(mut self) -> WorldResult {
        let (mut now, mut result, mut checked) = (0, WorldResult::default(), 0);
        while now < HOURS * HOUR {
            while checked <= now {
                self.check(now);
                checked += CHECKED_EVERY;
            }
            while let Some(Reverse((until, number))) = self.open.peek().copied().filter(|open| open.0.0 <= now) {
                debug_assert!(until <= now);
                self.open.pop();
                self.guards.remove(&number);
            }
            self.connect(now, &mut result);
            now += (-self.chance.random::<f64>().max(f64::MIN_POSITIVE).ln() * EVERY) as u64 + 1;
        }
        result
    }
}

fn node_id(index: usize) -> NodeId {
    NodeId::from_text(&format!("{index}"))
}

fn upstream(index: usize, meter: &Arc<Meter>) -> Upstream {
    Upstream {
        id: node_id(index),
        spawn: 1,
        host: format!("10.0.0.{index}").into(),
        share: 100,
        tier: 0,
        is_suspect: false,
        is_reserved: false,
        dial: Dial { addr: ([127, 0, 0, 1], 1).into(), login: None, handshake: Handshake::Pipelined },
        meter: Arc::clone(meter),
    }
}

/// A row of the table: means over all seeds.
#[derive(Clone, Copy, Debug)]
struct Row {
    regret: f64,
    failed: f64,
    changes: f64,
    all_changes: f64,
}

fn row(world: World, strategy: Strategy) -> Row {
    const SEEDS: u64 = 3;
    let results: Vec<_> = (0..SEEDS).map(|seed| SiteWorld::new(world, strategy, seed).run()).collect();
    let sum = |value: fn(&WorldResult) -> f64| results.iter().map(value).sum::<f64>();
    let connections = sum(|result| result.connections as f64);
    let sites = (SITES as u64 * SEEDS) as f64;
    Row {
        regret: sum(|result| result.regret) / connections,
        failed: 100.0 * sum(|result| result.failed as f64) / connections,
        changes: sum(|result| result.changes as f64) / sites,
        all_changes: sum(|result| result.all_changes as f64) / sites,
    }
}

#[test]
fn smart_beats_fastest_and_sticky() {
    for world in World::ALL {
        println!("{world:?}: regret in ms, failed first requests in %, exit changes a site (while learning as well)");
        let rows = Strategy::ALL.map(|strategy| (strategy, row(world, strategy)));
        for (strategy, Row { regret, failed, changes, all_changes }) in rows {
            println!("  {:<18} {regret:6.1} {failed:6.2} {changes:6.2} ({all_changes:.2})", strategy.as_str());
        }
        let of = |wanted| rows.iter().find(|(strategy, _)| *strategy == wanted).expect("all are there").1;
        let (smart, sticky, fastest) = (of(Strategy::Smart), of(Strategy::Sticky), of(Strategy::Fastest));
        assert!(smart.failed <= fastest.failed, "{world:?}: failures");
        match world {
            World::EqualNodes => assert_eq!((smart.all_changes, sticky.all_changes), (0.0, 0.0), "no fault, no change"),
            World::OneFast => assert!(smart.all_changes <= 1.0, "a site moves to the fast node once: {smart:?}"),
            World::BlockedSites => assert!(smart.changes <= 0.1, "{smart:?}"),
            World::ChangingNodes => assert!(smart.changes <= 2.0 * HOURS as f64, "{smart:?}"),
            World::LossyNode => assert!(smart.changes <= 1.0, "{smart:?}"),
        }
        if world != World::EqualNodes {
            let limit = sticky.regret.min(fastest.regret);
            assert!(smart.regret < limit, "{world:?}: {} ms of regret, {limit} the others", smart.regret);
        }
    }
}
