//! Our own member program: `sluice node`, configured on its stdin.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rand::distr::{Alphanumeric, SampleString};
use tokio::io::{AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::watch;

use super::Started;
use super::process::ChildProcess;
use crate::handover::{self, HandoverPair};
use crate::model::{Dial, Failure, FailureCause, Handshake, Login, MemberReport, MemberSpec, Meter, Node, Stage};
use crate::os::process::{ChildLifetime, child};
use crate::os::{network, system_error};

/// Time limit for the program to be ready, including its plugin.
const LIMIT: Duration = Duration::from_secs(8);

/// Starts `program node` for a node.
pub(super) async fn start(node: &Node, meter: Arc<Meter>, program: &Path) -> Result<Started, Failure> {
    let mut own_ports = network::own_ports();
    let gateway = own_ports.borrow_and_update().clone();
    let pair = HandoverPair::create(meter);
    let handover = pair.as_ref().map(HandoverPair::number);
    let spec = MemberSpec { node: node.clone(), login: fresh_login(), gateway, handover };
    let mut command = child(program, ChildLifetime::Bound);
    let channel = pair.map(|pair| pair.pass_to(&mut command));
    let (mut process, stdout) = spawn(command, &spec, own_ports)
        .await
        .map_err(|error| Failure::new(Stage::Start, FailureCause::Program(system_error::of(&error))))?;
    match first_line(stdout).await? {
        Some(MemberReport::Ready { addr }) => {
            if let Some(channel) = channel {
                process.listen(handover::serve(addr, channel));
            }
            let dial = Dial { addr, login: Some(spec.login), handshake: Handshake::Pipelined };
            Ok(Started { dial, process: Some(process), _port: None })
        }
        Some(MemberReport::Failed(failure)) => Err(failure),
        None => {
            let program = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
            let ended = FailureCause::Ended { program, exit: process.ended().await, said: String::new() };
            Err(Failure::new(Stage::Start, ended))
        }
    }
}

/// Starts the program and passes it its specification.
async fn spawn(
    mut command: Command,
    spec: &MemberSpec,
    own_ports: watch::Receiver<Vec<SocketAddr>>,
) -> io::Result<(ChildProcess, ChildStdout)> {
    command.arg("node").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = ChildProcess::spawn(command)?;
    let mut stdin = process.child().stdin.take().expect("stdin is piped");
    let stdout = process.child().stdout.take().expect("stdout is piped");
    tell(&mut stdin, spec, LIMIT).await?;
    process.feed(stdin, own_ports);
    Ok((process, stdout))
}

/// Passes a program its specification. One that does not read is not waited for: a long line does not fit into the
/// pipe.
async fn tell(stdin: &mut (impl AsyncWrite + Unpin), spec: &MemberSpec, limit: Duration) -> io::Result<()> {
    let mut line = serde_json::to_vec(spec).expect("a member's specification is plain JSON");
    line.push(b'\n');
    let told = async {
        stdin.write_all(&line).await?;
        stdin.flush().await
    };
    tokio::time::timeout(limit, told).await.map_err(|_| io::ErrorKind::TimedOut)?
}

/// The report that the program prints; none if it printed something else, or exited.
async fn first_line(stdout: ChildStdout) -> Result<Option<MemberReport>, Failure> {
    let mut line = String::new();
    let mut stdout = BufReader::new(stdout);
    match tokio::time::timeout(LIMIT, stdout.read_line(&mut line)).await {
        Ok(Ok(_)) => Ok(serde_json::from_str(&line).ok()),
        Ok(Err(error)) => Err(Failure::new(Stage::Start, FailureCause::Program(system_error::of(&error)))),
        Err(_) => Err(Failure::new(Stage::Start, FailureCause::NotReady(LIMIT.as_secs()))),
    }
}

/// A login for one start, so that other local programs cannot use the port.
fn fresh_login() -> Login {
    let mut rng = rand::rng();
    let user = Alphanumeric.sample_string(&mut rng, 8);
    Login { user, password: Alphanumeric.sample_string(&mut rng, 32).into() }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::model::Kind;
    use crate::os::network::OwnPort;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_program_that_does_not_read_stdin_does_not_block() {
        let kind = Kind::Ss { method: "none".into(), password: "".into(), plugin: None };
        let node = Node::new("x".repeat(100), "127.0.0.1", 1, kind);
        let spec = MemberSpec { node, login: fresh_login(), gateway: Vec::new(), handover: None };
        // Like a full pipe that is not read.
        let (mut stdin, _unread) = tokio::io::duplex(16);
        let told = tokio::time::timeout(2 * LIMIT, tell(&mut stdin, &spec, SOON)).await.expect("it ends in time");
        assert_eq!(told.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_running_member_gets_new_own_ports() {
        let folder = tempfile::tempdir().unwrap();
        let (program, told) = (folder.path().join("member"), folder.path().join("told"));
        let ready = r#"{"ready":{"addr":"127.0.0.1:1"}}"#;
        let script = format!("#!/bin/sh\nread spec\necho '{ready}'\nexec cat > {}\n", told.display());
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let kind = Kind::Ss { method: "none".into(), password: "".into(), plugin: None };
        let started = start(&Node::new("", "127.0.0.1", 1, kind), Arc::default(), &program).await.unwrap();

        let port = OwnPort::register("127.0.0.77:4077".parse().unwrap());
        let is_told = || std::fs::read_to_string(&told).is_ok_and(|lines| lines.contains("127.0.0.77:4077"));
        let wait = async {
            while !is_told() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
        drop(port);
        // Its stdin closes, and `cat` ends.
        started.process.unwrap().stop().await;
        let lines = std::fs::read_to_string(&told).unwrap();
        assert!(lines.lines().all(|line| serde_json::from_str::<crate::model::MemberUpdate>(line).is_ok()), "{lines}");
    }
}
