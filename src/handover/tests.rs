//! A gateway's end and a member's end in one process, over real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{
    ClientWait, CountBytes, HandedConnection, HandedEnd, HandoverChannel, HandoverProgress, HandoverReceiver,
    MemberClient,
};

const LIMIT: Duration = Duration::from_secs(10);

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future).await.expect("in time")
}

#[derive(Default)]
struct Counted {
    up: AtomicU64,
    down: AtomicU64,
    is_blocked: AtomicBool,
}

impl CountBytes for Counted {
    fn count(&self, up: u64, down: u64) {
        self.up.fetch_add(up, Relaxed);
        self.down.fetch_add(down, Relaxed);
    }

    fn wait(&self, for_client: ClientWait) {
        self.is_blocked.store(for_client == ClientWait::Accepts, Relaxed);
    }
}

/// Both ends, each with its task.
struct Ends {
    channel: Arc<HandoverChannel>,
    receiver: Arc<HandoverReceiver>,
    gateway: JoinSet<()>,
    member: JoinSet<()>,
}

impl Ends {
    fn connected() -> Self {
        let (channel, members) = HandoverChannel::create(Arc::default()).unwrap();
        let receiver = HandoverReceiver::start(members).unwrap();
        let (mut gateway, mut member) = (JoinSet::new(), JoinSet::new());
        let running = Arc::clone(&channel);
        gateway.spawn(async move { running.run().await });
        let running = Arc::clone(&receiver);
        member.spawn(async move { running.run().await });
        Self { channel, receiver, gateway, member }
    }

    /// Offers a connection, as soon as the member is known to take offers.
    async fn offer(&self, client: &TcpStream, loopback: &TcpStream, counted: &Arc<Counted>) -> HandedConnection {
        within(async {
            loop {
                let counter: Arc<dyn CountBytes> = Arc::<Counted>::clone(counted);
                if let Some(handed) = self.channel.offer(client, loopback, counter) {
                    return handed;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

/// Waits until a connection has come further than to be offered, or further than to be taken.
async fn further(handed: &HandedConnection, than: HandoverProgress) -> HandoverProgress {
    within(std::future::poll_fn(|cx| match handed.poll(cx) {
        progress if progress == than => Poll::Pending,
        progress => Poll::Ready(progress),
    }))
    .await
}

/// A connection: the end that connects, and the one that accepts.
async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (near, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn a_connection_that_the_member_does_not_know_is_refused_and_its_place_is_free_again() {
    let ends = Ends::connected();
    let ((_client, accepted), (loopback, _members)) = (connection().await, connection().await);
    for _ in 0..3 {
        let handed = ends.offer(&accepted, &loopback, &Arc::default()).await;
        assert_eq!(further(&handed, HandoverProgress::Offered).await, HandoverProgress::Refused);
        drop(handed);
        assert_eq!(ends.channel.open(), 0);
    }
}

#[tokio::test]
async fn both_directions_switch_at_the_end_of_the_loopback_connection() {
    let ends = Ends::connected();
    let ((mut client, mut accepted), (mut loopback, members)) = (connection().await, connection().await);
    let port = loopback.local_addr().unwrap().port();
    let mut member = MemberClient::new(members, port, &ends.receiver);
    let counted = Arc::new(Counted::default());
    let mut buffer = [0; 64];

    // Both ways over the loopback connection.
    loopback.write_all(b"one").await.unwrap();
    let count = within(member.read(&mut buffer)).await.unwrap();
    assert_eq!(&buffer[..count], b"one");
    member.write_all(b"first").await.unwrap();

    let handed = ends.offer(&accepted, &loopback, &counted).await;
    assert_eq!(further(&handed, HandoverProgress::Offered).await, HandoverProgress::Taken);
    client.write_all(b"three").await.unwrap();
    loopback.write_all(b"two").await.unwrap();
    loopback.shutdown().await.unwrap();
    let mut asked = [0; 8];
    within(member.read_exact(&mut asked)).await.unwrap();
    assert_eq!(&asked, b"twothree");

    // The member's words have to wait for those that are still on their way.
    let mut second = Box::pin(member.write_all(b"second"));
    assert!(timeout(Duration::from_millis(50), &mut second).await.is_err());
    let mut first = Vec::new();
    within(loopback.read_to_end(&mut first)).await.unwrap();
    accepted.write_all(&first).await.unwrap();
    handed.drained();
    within(second).await.unwrap();
    let mut answer = [0; 11];
    within(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"firstsecond");
    ends.channel.collect();
    assert_eq!((counted.up.load(Relaxed), counted.down.load(Relaxed)), (5, 6));

    // The gateway's copies are closed, and the ends pass.
    drop((accepted, loopback));
    client.shutdown().await.unwrap();
    assert_eq!(within(member.read(&mut buffer)).await.unwrap(), 0);
    member.shutdown().await.unwrap();
    assert_eq!(within(client.read(&mut buffer)).await.unwrap(), 0);
    member.close().unwrap();
    assert_eq!(further(&handed, HandoverProgress::Taken).await, HandoverProgress::Ended(HandedEnd::Closed));
}

#[tokio::test]
async fn a_connection_that_the_gateway_lets_go_is_reset() {
    let ends = Ends::connected();
    let ((mut client, accepted), (loopback, members)) = (connection().await, connection().await);
    let port = loopback.local_addr().unwrap().port();
    let mut member = MemberClient::new(members, port, &ends.receiver);
    let handed = ends.offer(&accepted, &loopback, &Arc::default()).await;
    assert_eq!(further(&handed, HandoverProgress::Offered).await, HandoverProgress::Taken);
    // The relay picks the client up.
    member.flush().await.unwrap();
    drop((accepted, handed));
    within(member.offer().cancelled()).await;
    drop(member);
    assert!(within(client.read(&mut [0; 8])).await.is_err(), "a reset, not an end");
    within(async {
        while ends.channel.open() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_member_had_is_broken() {
    let mut ends = Ends::connected();
    let ((_client, accepted), (loopback, members)) = (connection().await, connection().await);
    let port = loopback.local_addr().unwrap().port();
    let member = MemberClient::new(members, port, &ends.receiver);
    let handed = ends.offer(&accepted, &loopback, &Arc::default()).await;
    assert_eq!(further(&handed, HandoverProgress::Offered).await, HandoverProgress::Taken);
    std::mem::forget(member);
    ends.member.shutdown().await;
    // Its socket, which the forgotten client would keep open.
    ends.gateway.shutdown().await;
    assert_eq!(further(&handed, HandoverProgress::Taken).await, HandoverProgress::Ended(HandedEnd::Broken));
    assert!(ends.channel.offer(&accepted, &loopback, Arc::new(Counted::default())).is_none());
}

#[tokio::test]
async fn a_member_that_counts_backwards_or_too_far_gives_wrong_numbers_and_no_more() {
    let ends = Ends::connected();
    let ((_client, accepted), (loopback, members)) = (connection().await, connection().await);
    let port = loopback.local_addr().unwrap().port();
    let _member = MemberClient::new(members, port, &ends.receiver);
    let counted = Arc::new(Counted::default());
    let _handed = ends.offer(&accepted, &loopback, &counted).await;
    let pair = ends.receiver.counters().pair(0).unwrap();
    for (says, counts) in [(5, 5), (3, 5), (7, 7), (u64::MAX, 1 << 50), (0, 1 << 50)] {
        pair.down.store(says, Relaxed);
        ends.channel.collect();
        assert_eq!(counted.down.load(Relaxed), counts);
    }
}

#[tokio::test]
async fn an_answer_arrives_behind_thousands_of_messages() {
    let (channel, members) = HandoverChannel::create(Arc::default()).unwrap();
    let (_client, accepted) = connection().await;
    let receiver = HandoverReceiver::start(members).unwrap();
    // More messages than fit, which nobody reads.
    for _ in 0..10_000 {
        receiver.refuse(77);
    }
    let running = Arc::clone(&channel);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { running.run().await });
    let ends = Ends { channel, receiver: Arc::clone(&receiver), gateway: tasks, member: JoinSet::new() };
    let (loopback, _members) = connection().await;
    let handed = ends.offer(&accepted, &loopback, &Arc::default()).await;
    // Whatever waits is sent by the member's task.
    let mut members_task = JoinSet::new();
    members_task.spawn(async move { receiver.run().await });
    assert_eq!(further(&handed, HandoverProgress::Offered).await, HandoverProgress::Refused);
}
