//! Client and server of the control socket together, with a stub engine.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::client::StreamedEvent;
use super::transport::{self, Transport};
use super::{Client, ClientError, server};
use crate::engine::{Call, Handle};
use crate::model::{Command, Event, EventKind, Fault, FaultCode, Reply, Snapshot};
use crate::os::paths::Paths;
use crate::os::single_instance::Instance;

/// Longer than any step may take.
const LIMIT: Duration = Duration::from_secs(20);

/// A stub engine, and the server in front of it.
struct House {
    handle: Handle,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
}

impl House {
    fn new() -> Self {
        let (calls, mut received) = mpsc::channel::<Call>(8);
        let handle = Handle {
            calls,
            snapshots: watch::Sender::new(Arc::new(snapshot(0))),
            events: broadcast::Sender::new(8),
            connections: Arc::default(),
            pulse: Arc::default(),
        };
        let mut tasks = JoinSet::new();
        let events = handle.events.clone();
        tasks.spawn(async move {
            while let Some(Call { command, answer }) = received.recv().await {
                if command == Command::Events {
                    // These events happen while the past ones are requested, and so are part of them.
                    let _ = (events.send(event(1)), events.send(event(2)));
                }
                let _ = answer.send(reply(&command));
            }
        });
        Self { handle, shutdown: CancellationToken::new(), tasks }
    }

    /// A connection in memory, served at its other end.
    fn connection(&mut self) -> DuplexStream {
        let (ours, theirs) = duplex(4096);
        self.tasks.spawn(server::serve_stream(theirs, self.handle.clone(), self.shutdown.clone()));
        ours
    }

    async fn client(&mut self) -> Client {
        Client::over(self.connection()).await.unwrap()
    }

    /// A real socket in a separate folder.
    fn open(&mut self, home: &std::path::Path) -> Paths {
        let paths = Paths::find(Some(home)).unwrap();
        paths.create().unwrap();
        let instance = Instance::acquire(&paths.lock()).unwrap();
        let listener = transport::listen(&paths, &instance).unwrap();
        let (take_overs, _nobody) = mpsc::channel(1);
        let served = server::run(listener, self.handle.clone(), take_overs, self.shutdown.clone());
        self.tasks.spawn(async move {
            let _held = instance;
            served.await;
        });
        paths
    }
}

fn reply(command: &Command) -> Result<Reply, Fault> {
    if let Command::Propose { text } = command {
        return Ok(Reply::Link(text.clone()));
    }
    if *command == Command::ClusterOff {
        return Err(Fault::new(FaultCode::PortInUse, "port taken"));
    }
    let events = *command == Command::Events;
    Ok(if events { Reply::Events(vec![event(1), event(2)]) } else { Reply::Done })
}

fn event(at: i64) -> Event {
    Event { at, kind: EventKind::Disconnected }
}

fn snapshot(nodes: usize) -> Snapshot {
    Snapshot { nodes, ..Snapshot::example() }
}

/// Sends and receives raw lines.
struct Raw<S>(BufReader<S>);

impl<S: Transport> Raw<S> {
    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        tokio::time::timeout(LIMIT, self.0.read_line(&mut line)).await.unwrap().unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    async fn hello(&mut self) {
        let version = env!("CARGO_PKG_VERSION");
        let line = format!(r#"{{"jsonrpc":"2.0","id":0,"method":"hello","params":{{"version":"{version}"}}}}"#);
        self.send(format!("{line}\n").as_bytes()).await;
        assert_eq!(self.line().await["result"]["version"], version);
    }

    async fn status_works(&mut self) {
        self.send(b"{\"jsonrpc\":\"2.0\",\"id\":99,\"method\":\"disconnect\"}\n").await;
        assert_eq!(self.line().await, serde_json::json!({"jsonrpc":"2.0","id":99,"result":{"reply":"done"}}));
    }
}

#[tokio::test]
async fn calls_get_replies() {
    let mut house = House::new();
    let mut client = house.client().await;
    assert_eq!(client.call(Command::Nodes).await.unwrap(), Reply::Done);
    let Err(ClientError::Fault(fault)) = client.call(Command::ClusterOff).await else { panic!("no fault") };
    assert_eq!(fault, Fault::new(FaultCode::PortInUse, "port taken"));
    assert_eq!(client.call(Command::Disconnect).await.unwrap(), Reply::Done);
}

#[tokio::test]
async fn responses_may_be_longer_than_the_hello_limit() {
    let mut house = House::new();
    let mut client = house.client().await;
    let text = "x".repeat(900_000);
    assert_eq!(
        client.call(Command::Propose { text: text.as_str().into() }).await.unwrap(),
        Reply::Link(text.as_str().into())
    );
}

#[tokio::test]
async fn watchers_get_the_current_snapshot_and_then_the_latest() {
    let mut house = House::new();
    let mut snapshots = house.client().await.watch().await.unwrap();
    assert_eq!(snapshots.next().await.unwrap(), snapshot(0));
    for nodes in 1..=50 {
        house.handle.snapshots.send_replace(Arc::new(snapshot(nodes)));
    }
    let mut seen = 0;
    let mut taken = 0;
    while seen < 50 {
        seen = tokio::time::timeout(LIMIT, snapshots.next()).await.unwrap().unwrap().nodes;
        taken += 1;
    }
    assert!(taken <= 2, "{taken} snapshots for one burst");
}

#[tokio::test]
async fn followers_get_each_event_once() {
    let mut house = House::new();
    let client = house.client().await;
    let (past, mut events) = client.events().await.unwrap();
    assert_eq!(past, [event(1), event(2)]);
    house.handle.events.send(event(3)).unwrap();
    house.handle.events.send(event(4)).unwrap();
    assert_eq!(events.next().await.unwrap(), StreamedEvent::Event(event(3)));
    assert_eq!(events.next().await.unwrap(), StreamedEvent::Event(event(4)));
}

#[tokio::test]
async fn invalid_requests_get_errors_and_keep_the_connection() {
    let mut house = House::new();
    let mut raw = Raw(BufReader::new(house.connection()));
    raw.send(b"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"status\"}\n").await;
    let early = raw.line().await;
    assert_eq!(early["error"]["data"]["detail"], "method: `hello` must come first");
    raw.hello().await;

    raw.send(b"\xff\xfe\x00garbage\n{\"a\":\n").await;
    assert_eq!(raw.line().await["error"]["message"], "the line is not UTF-8");
    assert!(raw.line().await["error"]["message"].as_str().unwrap().contains("column 5"));
    raw.status_works().await;
}

#[tokio::test]
async fn an_endless_line_is_an_error_and_is_not_buffered() {
    let mut house = House::new();
    let mut raw = Raw(BufReader::new(house.connection()));
    raw.hello().await;
    raw.send(&vec![b'x'; 2 << 20]).await;
    raw.send(b"\n").await;
    let answer = raw.line().await;
    assert_eq!((answer["id"].clone(), answer["error"]["code"].clone()), (serde_json::Value::Null, (-32700).into()));
    raw.status_works().await;
}

#[tokio::test]
async fn a_version_mismatch_names_both_versions() {
    let mut house = House::new();
    let mut raw = Raw(BufReader::new(house.connection()));
    raw.send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{\"version\":\"0.0.1\"}}\n").await;
    let fault = raw.line().await["error"]["data"].clone();
    assert_eq!(fault["code"], "other-version");
    let detail = fault["detail"].as_str().unwrap();
    assert!(detail.contains("0.0.1") && detail.contains(env!("CARGO_PKG_VERSION")), "{detail}");
    assert_eq!(raw.0.read(&mut [0; 16]).await.unwrap(), 0, "the connection ends");
}

#[tokio::test]
async fn a_client_that_does_not_read_blocks_no_other() {
    let mut house = House::new();
    let mut silent = Raw(BufReader::new(house.connection()));
    silent.hello().await;
    silent.send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events\",\"params\":{\"follow\":true}}\n").await;
    silent.line().await;
    // Its pipe holds 4 KiB; the engine's side never waits.
    for at in 0..10_000 {
        house.handle.events.send(event(at)).unwrap();
    }
    let mut other = house.client().await;
    assert_eq!(other.call(Command::Disconnect).await.unwrap(), Reply::Done);
    let mut missed = 0;
    while missed == 0 {
        missed = silent.line().await["params"]["events"].as_u64().unwrap_or(0);
    }
    assert!(missed > 1000);
}

#[tokio::test]
async fn a_real_socket_serves_and_is_private() {
    let home = tempfile::tempdir().unwrap();
    let mut house = House::new();
    let paths = house.open(home.path());
    let mut client = Client::connect(&paths).await.unwrap();
    assert_eq!(client.call(Command::Disconnect).await.unwrap(), Reply::Done);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(paths.socket()).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    house.shutdown.cancel();
    assert!(matches!(client.call(Command::Disconnect).await, Err(ClientError::Ended | ClientError::Broken(_))));
    house.handle.calls = mpsc::channel(1).0;
    house.tasks.shutdown().await;
    assert!(matches!(Client::connect(&paths).await, Err(ClientError::NotRunning)));
}

#[tokio::test]
async fn a_leftover_socket_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::find(Some(home.path())).unwrap();
    assert!(matches!(Client::connect(&paths).await, Err(ClientError::NotRunning)));
    #[cfg(unix)]
    {
        paths.create().unwrap();
        drop(std::os::unix::net::UnixListener::bind(paths.socket()).unwrap());
        assert!(matches!(Client::connect(&paths).await, Err(ClientError::NotRunning)));
    }
    let mut house = House::new();
    let paths = house.open(home.path());
    Client::connect(&paths).await.unwrap();
}

/// A listening socket with a full queue, like that of a hanging engine; and the connections that fill it.
#[cfg(unix)]
async fn full_queue(paths: &Paths) -> impl Sized {
    use socket2::{Domain, SockAddr, Socket, Type};

    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    listener.bind(&SockAddr::unix(paths.socket()).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = transport::connect(paths, Duration::ZERO).await {
        waiting.push(stream);
    }
    (listener, waiting)
}

/// A named pipe whose only instance is in use, like that of a hanging engine; and the client that uses it.
#[cfg(windows)]
async fn full_queue(paths: &Paths) -> impl Sized {
    let instance = Instance::acquire(&paths.lock()).unwrap();
    let listener = transport::listen(paths, &instance).unwrap();
    (instance, listener, transport::connect(paths, LIMIT).await.unwrap())
}

#[tokio::test]
async fn an_engine_that_accepts_nobody_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let paths = Paths::find(Some(home.path())).unwrap();
    paths.create().unwrap();
    let _full = full_queue(&paths).await;
    let connected = tokio::time::timeout(LIMIT, Client::connect(&paths)).await.expect("a limit");
    assert!(matches!(connected, Err(ClientError::NoAnswer)));
}

#[tokio::test]
async fn an_engine_that_does_not_greet_is_not_waited_for() {
    let (ours, _theirs) = duplex(4096);
    let connected = tokio::time::timeout(LIMIT, Client::over(ours)).await.expect("a limit");
    assert!(matches!(connected, Err(ClientError::NoAnswer)));
}

#[tokio::test]
async fn vanishing_clients_do_not_stop_the_server() {
    let home = tempfile::tempdir().unwrap();
    let mut house = House::new();
    let paths = house.open(home.path());
    for _ in 0..100 {
        let mut stream = transport::connect(&paths, LIMIT).await.unwrap();
        stream.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"met").await.unwrap();
        let mut asking = Raw(BufReader::new(transport::connect(&paths, LIMIT).await.unwrap()));
        asking.hello().await;
        asking.send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nodes\"}\n").await;
    }
    Client::connect(&paths).await.unwrap().call(Command::Nodes).await.unwrap();
}

#[tokio::test]
async fn idle_clients_do_not_lock_others_out() {
    let home = tempfile::tempdir().unwrap();
    let mut house = House::new();
    let paths = house.open(home.path());
    let mut idle = Vec::new();
    let mut watching = Vec::new();
    for _ in 0..100 {
        idle.push(Client::connect(&paths).await.unwrap());
        watching.push(Client::connect(&paths).await.unwrap().watch().await.unwrap());
    }
    let mut asking = tokio::time::timeout(LIMIT, Client::connect(&paths)).await.expect("let in at once").unwrap();
    assert_eq!(asking.call(Command::Nodes).await.unwrap(), Reply::Done);
    let last = watching.last_mut().unwrap();
    assert_eq!(last.next().await.unwrap(), snapshot(0), "who came last is served");
    assert!(matches!(idle[0].call(Command::Nodes).await, Err(ClientError::Ended | ClientError::Broken(_))));
}

#[tokio::test]
async fn half_closed_clients_still_get_responses() {
    let mut house = House::new();
    let mut raw = Raw(BufReader::new(house.connection()));
    raw.hello().await;
    raw.send(
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nodes\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"nodes\"}",
    )
    .await;
    raw.0.shutdown().await.unwrap();
    let ids = [raw.line().await["id"].clone(), raw.line().await["id"].clone()];
    assert!(ids.contains(&1.into()) && ids.contains(&2.into()), "{ids:?}");
}

#[tokio::test]
async fn responses_in_progress_are_finished_at_shutdown() {
    let mut house = House::new();
    let (calls, mut received) = mpsc::channel::<Call>(1);
    house.handle.calls = calls;
    let mut client = house.client().await;
    let shutdown = house.shutdown.clone();
    house.tasks.spawn(async move {
        let call = received.recv().await.unwrap();
        shutdown.cancel();
        tokio::task::yield_now().await;
        call.answer.send(Ok(Reply::Done)).unwrap();
    });
    assert_eq!(client.call(Command::Shutdown).await.unwrap(), Reply::Done);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_input_stops_the_server(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut house = House::new();
            let mut raw = Raw(BufReader::new(house.connection()));
            let (mut reading, mut writing) = tokio::io::split(house.connection());
            let mut sink = Vec::new();
            let write = async {
                writing.write_all(&bytes).await.unwrap();
                writing.shutdown().await.unwrap();
            };
            let (read, ()) = tokio::join!(tokio::time::timeout(LIMIT, reading.read_to_end(&mut sink)), write);
            read.unwrap().unwrap();
            raw.hello().await;
            raw.status_works().await;
        });
    }
}
