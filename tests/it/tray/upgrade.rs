//! The tray starts the new program when its file is replaced, and no connection is interrupted.

use std::path::Path;
use std::process::Command;

use sluice::model::{EventKind, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::desktop::Desktop;
use super::panel::Panel;
use crate::client::get;
use crate::counterparts::{EmbeddedServer, Origin, TcpEcho, V4, eventually};
use crate::engine::{LIMIT, Setup};
use crate::socks::Socks;

const TRAY: &str = env!("CARGO_BIN_EXE_sluice-tray");

/// Installs the program as a package manager does: written beside the old file, then renamed over it.
fn install(program: &Path) {
    let new = program.with_extension("new");
    std::fs::copy(TRAY, &new).unwrap();
    std::fs::rename(new, program).unwrap();
}

async fn exchange(stream: &mut TcpStream, word: &[u8]) {
    stream.write_all(word).await.unwrap();
    let mut answer = vec![0; word.len()];
    tokio::time::timeout(LIMIT, stream.read_exact(&mut answer)).await.expect("in time").unwrap();
    assert_eq!(answer, word);
}

#[test]
fn a_replaced_program_is_started_and_no_connection_is_interrupted() {
    let Some(desktop) = Desktop::start() else { return };
    let (origin, echo, server) = (Origin::start(V4), TcpEcho::start(V4), EmbeddedServer::start("aes-128-gcm"));
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("sluice-tray");
    install(&program);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sluice"), folder.path().join("sluice")).unwrap();
    let panel = Panel::start(&desktop.bus);
    let setup = desktop.with(Setup::new(&origin, |_| {})).with_program(&[program.to_str().unwrap(), "--at-login"]);
    let mut engine = setup.start();
    panel.wait_until_registered();
    engine.import(&[server.node()]);
    engine.cluster_on(1, "sticky");
    let (gateway, target) = (engine.gateway(), Target::Address(origin.addr));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let socks = Socks::open(gateway);
    let mut stream = runtime.block_on(socks.connect(&Target::Address(echo.addr))).unwrap();
    runtime.block_on(exchange(&mut stream, b"before"));

    install(&program);
    let has_taken_over = || {
        engine.run(&["events", "--json"]).stdout.contains("took-over")
            && engine.count_events(|kind| matches!(kind, EventKind::TookOver { .. })) == 1
    };
    assert!(eventually(2 * LIMIT, has_taken_over), "the new program takes over: {}", engine.log());
    runtime.block_on(exchange(&mut stream, b"after"));
    let page = || runtime.block_on(get(gateway, &target, "/bytes/1000")).map(|page| page.len());
    assert_eq!(page().unwrap(), 1000);
    assert!(engine.ended().is_none(), "it has a connection");
    drop(stream);
    assert!(eventually(LIMIT, || engine.ended().is_some()), "the old tray ends");
    assert!(eventually(LIMIT, || panel.icons() == 2), "the new one has registered an icon");
    assert!(!panel.menu().is_empty(), "the new one has a menu");
    assert_eq!(page().unwrap(), 1000);
    let quit = Command::new(TRAY).arg("--home").arg(engine.home()).arg("quit").status().unwrap();
    assert!(quit.success());
    assert_eq!(engine.run(&["status"]).code, Some(3));
}
