//! Connections of a whole gateway, each on every way: relayed here, handed over to the member, and refused by it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use shadowsocks::relay::socks5::{Address, Reply, TcpResponseHeader};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::stub::{StubMember, TcpServer, local, socks_request, within};
use super::whole::{self, TestGateway};
use crate::gateway::Config;
use crate::handover::{self, HandoverChannel, HandoverReceiver, MemberClient};
use crate::model::Handshake;
use crate::model::connection::ConnectionEnd;

/// A way of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The member has no channel.
    Relayed,
    /// The member takes what is offered.
    Handed,
    /// The member refuses.
    Refused,
}

const WAYS: [Way; 3] = [Way::Relayed, Way::Handed, Way::Refused];

/// A gateway with one member.
struct World {
    gateway: TestGateway,
    channel: Arc<HandoverChannel>,
    /// Connections that were handed over, of those that have ended.
    handed: Arc<AtomicUsize>,
    /// The two ends of the channel.
    tasks: JoinSet<()>,
}

impl World {
    async fn with(way: Way) -> Self {
        let (channel, members) = HandoverChannel::create(Arc::default()).unwrap();
        let receiver = HandoverReceiver::start(members).unwrap();
        let handed = Arc::new(AtomicUsize::new(0));
        let (expecting, count) = (Arc::clone(&receiver), Arc::clone(&handed));
        let server = TcpServer::start(move |stream, _number| {
            let (receiver, handed) = (Arc::clone(&expecting), Arc::clone(&count));
            async move {
                // A client that goes away in the middle ends its connection, no more.
                let _ended = serve(stream, way, &receiver, &handed).await;
            }
        })
        .await;
        let mut tasks = JoinSet::new();
        if way != Way::Relayed {
            tasks.spawn(handover::serve(server.addr, Arc::clone(&channel)));
        }
        tasks.spawn(async move { receiver.run().await });
        let member = StubMember::behind(server, None, Handshake::Pipelined);
        let world = Self { gateway: TestGateway::of(vec![member]), channel, handed, tasks };
        if way != Way::Relayed {
            within(world.until(|world| world.channel.is_ready())).await;
        }
        world
    }

    async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until nothing is left of any connection; how many were handed over.
    async fn over(&self) -> usize {
        within(self.until(|world| world.gateway.totals.reading().active == 0 && world.channel.open() == 0)).await;
        self.handed.load(SeqCst)
    }

    fn end(&self) -> Option<ConnectionEnd> {
        self.gateway.tracker.list().last()?.view().ended
    }
}

/// One connection of the member.
async fn serve(
    mut stream: TcpStream,
    way: Way,
    receiver: &Arc<HandoverReceiver>,
    handed: &AtomicUsize,
) -> anyhow::Result<()> {
    let request = socks_request(&mut stream, None).await?;
    let mut target = TcpStream::connect(local(&request.address)).await?;
    let none = Address::from(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
    TcpResponseHeader::new(Reply::Succeeded, none).write_to(&mut stream).await?;
    let port = stream.peer_addr()?.port();
    if way != Way::Handed {
        let carried = copy_bidirectional(&mut stream, &mut target).await;
        return reset_if_broken(carried.map(drop), &[&stream, &target]);
    }
    let mut client = MemberClient::new(stream, port, receiver);
    let offer = client.offer();
    let carried = tokio::select! {
        biased;
        () = offer.cancelled() => Err(std::io::ErrorKind::ConnectionAborted.into()),
        carried = copy_bidirectional(&mut client, &mut target) => carried.map(drop),
    };
    handed.fetch_add(usize::from(client.is_handed_over()), SeqCst);
    let carried = carried.and_then(|()| client.close());
    reset_if_broken(carried, &[&target])
}

fn reset_if_broken(carried: std::io::Result<()>, streams: &[&TcpStream]) -> anyhow::Result<()> {
    if carried.is_err() {
        for stream in streams {
            stream.set_zero_linger()?;
        }
    }
    Ok(carried?)
}

/// Bytes that are the same for a seed, however they are cut into pieces.
struct Content {
    bytes: StdRng,
    pieces: StdRng,
    left: usize,
}

impl Content {
    fn new(seed: u64, length: usize) -> Self {
        Self { bytes: StdRng::seed_from_u64(seed), pieces: StdRng::seed_from_u64(!seed), left: length }
    }

    fn next(&mut self, most: usize) -> Vec<u8> {
        // Whole words, as the generator gives them.
        let length = self.left.min(self.pieces.random_range(1..=most.div_ceil(8)) * 8);
        let mut piece = vec![0; length];
        piece.chunks_mut(8).for_each(|word| {
            let drawn = self.bytes.next_u64().to_le_bytes();
            word.copy_from_slice(&drawn[..word.len()]);
        });
        self.left -= length;
        piece
    }

    fn all(seed: u64, length: usize) -> Vec<u8> {
        Self::new(seed, length).next(usize::MAX - 8)
    }
}

/// Sends content in pieces, and ends.
async fn send(mut to: impl tokio::io::AsyncWrite + Unpin, seed: u64, length: usize) {
    let mut content = Content::new(seed, length);
    let most = 1 << StdRng::seed_from_u64(seed).random_range(4..18);
    while content.left > 0 {
        to.write_all(&content.next(most)).await.unwrap();
        if content.pieces.random_bool(0.1) {
            tokio::task::yield_now().await;
        }
    }
    to.shutdown().await.unwrap();
}

async fn receive(mut from: impl tokio::io::AsyncRead + Unpin, seed: u64, length: usize) {
    let mut received = Vec::new();
    from.read_to_end(&mut received).await.unwrap();
    assert_eq!(received.len(), length, "seed {seed}");
    let sent = Content::all(seed, length);
    let differs = received.iter().zip(&sent).position(|(received, sent)| received != sent);
    assert_eq!(differs, None, "seed {seed}");
}

/// Both sides send at once, in pieces of any size, and the site begins at any moment.
async fn check_transfers(way: Way) {
    let seed: u64 = rand::rng().random();
    let mut random = StdRng::seed_from_u64(seed);
    let (world, mut totals) = (World::with(way).await, (0, 0));
    for round in 0..12_u64 {
        let seed = seed.wrapping_add(2 * round);
        let (up, down) = (random.random_range(8..3_000_000), random.random_range(8..3_000_000));
        let first = random.random_range(0..=8);
        let site = TcpServer::start(move |mut stream, _number| async move {
            let (mut from, to) = stream.split();
            let mut begun = vec![0; first];
            from.read_exact(&mut begun).await.unwrap();
            tokio::join!(receive(std::io::Cursor::new(begun).chain(from), seed, up), send(to, seed + 1, down));
        })
        .await;
        let mut client = world.gateway.tunnel(&site).await;
        let (from, to) = client.split();
        within(async { tokio::join!(receive(from, seed + 1, down), send(to, seed, up)) }).await;
        drop(client);
        totals = (totals.0 + up as u64, totals.1 + down as u64);
        let handed = world.over().await;
        let reading = world.gateway.totals.reading();
        assert_eq!((reading.up, reading.down), totals, "{way:?}, seed {seed}");
        let of_member = world.gateway.members[0].upstream.meter.read();
        assert_eq!((of_member.up, of_member.down), totals, "{way:?}, seed {seed}");
        let listed = world.gateway.tracker.list();
        let record = listed.iter().max_by_key(|record| record.id()).unwrap();
        assert_eq!(record.transferred(), (up as u64, down as u64), "{way:?}, seed {seed}");
        assert_eq!(record.view().ended, Some(ConnectionEnd::Closed));
        assert!(way == Way::Handed || handed == 0);
    }
    if way == Way::Handed {
        assert!(world.handed.load(SeqCst) > 6, "most of them were handed over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_arrives_once_and_is_counted_wherever_the_hand_over_comes() {
    for way in WAYS {
        check_transfers(way).await;
    }
}

/// A connection through which some words have gone back and forth, on every way.
async fn exchanged(world: &World, site: &TcpServer) -> TcpStream {
    let mut client = world.gateway.tunnel(site).await;
    let mut echo = [0; 5];
    for _ in 0..3 {
        client.write_all(b"hello").await.unwrap();
        within(client.read_exact(&mut echo)).await.unwrap();
    }
    client
}

#[tokio::test]
async fn a_half_close_of_either_side_leaves_the_other_direction_open() {
    for way in WAYS {
        let world = World::with(way).await;
        // It echoes to the end, and then has more to say.
        let site = TcpServer::start(|mut stream, _number| async move {
            let (mut from, mut to) = stream.split();
            tokio::io::copy(&mut from, &mut to).await.unwrap();
            to.write_all(&Content::all(7, 1 << 20)).await.unwrap();
        })
        .await;
        let mut client = exchanged(&world, &site).await;
        client.shutdown().await.unwrap();
        within(receive(&mut client, 7, 1 << 20)).await;
        drop(client);
        assert_eq!((world.over().await, world.end()), (usize::from(way == Way::Handed), Some(ConnectionEnd::Closed)));

        let world = World::with(way).await;
        // It ends first, and listens on.
        let site = TcpServer::start(|mut stream, _number| async move {
            let mut echo = [0; 5];
            for _ in 0..3 {
                stream.read_exact(&mut echo).await.unwrap();
                stream.write_all(&echo).await.unwrap();
            }
            stream.shutdown().await.unwrap();
            receive(&mut stream, 8, 1 << 20).await;
        })
        .await;
        let mut client = exchanged(&world, &site).await;
        assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
        client.write_all(&Content::all(8, 1 << 20)).await.unwrap();
        client.shutdown().await.unwrap();
        world.over().await;
        assert_eq!(world.end(), Some(ConnectionEnd::Closed), "{way:?}");
    }
}

#[tokio::test]
async fn a_reset_of_either_side_stays_a_reset() {
    for way in WAYS {
        let world = World::with(way).await;
        let (told, mut hears) = tokio::sync::mpsc::channel(1);
        let site = TcpServer::start(move |mut stream, _number| {
            let told = told.clone();
            async move {
                let (mut from, mut to) = stream.split();
                let ended = tokio::io::copy(&mut from, &mut to).await;
                told.send(ended.is_err()).await.unwrap();
            }
        })
        .await;
        let client = exchanged(&world, &site).await;
        client.set_zero_linger().unwrap();
        drop(client);
        assert_eq!(within(hears.recv()).await, Some(true), "{way:?}");
        world.over().await;
        assert_eq!(world.end(), Some(ConnectionEnd::Reset), "{way:?}");

        let world = World::with(way).await;
        let site = TcpServer::start(|mut stream, _number| async move {
            let mut echo = [0; 5];
            for _ in 0..3 {
                stream.read_exact(&mut echo).await.unwrap();
                stream.write_all(&echo).await.unwrap();
            }
            let _more = stream.read(&mut echo).await.unwrap();
            stream.set_zero_linger().unwrap();
        })
        .await;
        let mut client = exchanged(&world, &site).await;
        client.write_all(b"break").await.unwrap();
        assert!(within(client.read(&mut [0; 8])).await.is_err(), "{way:?}");
        drop(client);
        world.over().await;
        assert_eq!(world.end(), Some(ConnectionEnd::Reset), "{way:?}");
    }
}

/// Cuts a connection in some way, of which the client is to hear as a reset.
async fn check_cut(end: ConnectionEnd, cut: impl AsyncFn(&mut World)) {
    for way in WAYS {
        let (mut world, site) = (World::with(way).await, TcpServer::start(super::stub::echo).await);
        let mut client = exchanged(&world, &site).await;
        cut(&mut world).await;
        assert!(within(client.read(&mut [0; 8])).await.is_err(), "{way:?}: a reset");
        drop(client);
        world.over().await;
        assert_eq!(world.end(), Some(end), "{way:?}");
    }
}

#[tokio::test]
async fn a_member_that_is_not_kept_loses_its_connections() {
    check_cut(ConnectionEnd::Dropped, async |world: &mut World| world.gateway.publish(&[], &[])).await;
}

#[tokio::test]
async fn an_idle_connection_is_cut() {
    let idle_limit = Some(Duration::from_millis(100));
    let cut = async |world: &mut World| world.gateway.handle.configure(Config { idle_limit, ..whole::config() });
    check_cut(ConnectionEnd::Dropped, cut).await;
}

#[tokio::test]
async fn a_connection_is_closed_on_request() {
    check_cut(ConnectionEnd::Cancelled, async |world: &mut World| {
        let open: Vec<_> = world.gateway.tracker.list().iter().map(|record| record.id()).collect();
        assert_eq!(world.gateway.tracker.close(&open), 1);
    })
    .await;
}

#[tokio::test]
async fn draining_waits_for_a_connection_and_then_cuts_it() {
    for way in WAYS {
        let (mut world, site) = (World::with(way).await, TcpServer::start(super::stub::echo).await);
        let mut client = exchanged(&world, &site).await;
        world.gateway.handle.close().await;
        let mut draining = Box::pin(world.gateway.handle.drain(Duration::from_secs(60)));
        assert!(tokio::time::timeout(Duration::from_millis(100), &mut draining).await.is_err());
        client.shutdown().await.unwrap();
        assert_eq!(within(client.read(&mut [0; 8])).await.unwrap(), 0);
        within(draining).await;
    }
    check_cut(ConnectionEnd::Dropped, async |world: &mut World| {
        world.gateway.handle.close().await;
        within(world.gateway.handle.drain(Duration::from_millis(50))).await;
    })
    .await;
}

#[tokio::test]
async fn a_busy_connection_is_not_idle_and_its_bytes_are_counted_while_it_runs() {
    for way in WAYS {
        let (world, site) = (World::with(way).await, TcpServer::start(super::stub::echo).await);
        let idle_limit = Some(Duration::from_millis(400));
        world.gateway.handle.configure(Config { idle_limit, ..whole::config() });
        let mut client = exchanged(&world, &site).await;
        let mut echo = [0; 5];
        for count in 4..30 {
            client.write_all(b"hello").await.unwrap();
            within(client.read_exact(&mut echo)).await.unwrap();
            let moved = Some((5 * count, 5 * count));
            let listed = |world: &World| world.gateway.tracker.list().first().map(|record| record.transferred());
            within(world.until(|world| listed(world) == moved)).await;
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }
}

#[tokio::test]
async fn a_member_that_dies_takes_its_connections_along() {
    let (mut world, site) = (World::with(Way::Handed).await, TcpServer::start(super::stub::echo).await);
    let mut client = exchanged(&world, &site).await;
    world.gateway.members.clear();
    world.tasks.shutdown().await;
    assert!(within(client.read(&mut [0; 8])).await.is_err(), "a reset, not an end");
    within(world.until(|world| world.gateway.totals.reading().active == 0)).await;
    assert_eq!(world.end(), Some(ConnectionEnd::Reset));
}
