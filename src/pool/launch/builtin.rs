//! Our own member program: `sluice node`, told everything over its stdin.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rand::distr::{Alphanumeric, SampleString};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::Started;
use super::process::Process;
use crate::model::{Dial, Failure, Handshake, Login, MemberReport, MemberSpec, Node, Stage, Trouble};
use crate::os::obstacle;

/// How long it may take to be ready; a plugin has most of it to open its port.
const LIMIT: Duration = Duration::from_secs(8);

/// Starts `program node` for a node.
pub(super) async fn start(node: &Node, program: &Path) -> Result<Started, Failure> {
    let failed = |error: std::io::Error| Failure::known(Stage::Start, Trouble::Program(obstacle::of(&error)));
    let mut command = Command::new(program);
    command.arg("node").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = Process::spawn(command).map_err(failed)?;
    let mut stdin = process.child().stdin.take().expect("stdin is piped");
    let stdout = process.child().stdout.take().expect("stdout is piped");

    let spec = MemberSpec { node: node.clone(), login: fresh_login() };
    let mut line = serde_json::to_vec(&spec).expect("a member's specification is plain JSON");
    line.push(b'\n');
    let told = async {
        stdin.write_all(&line).await?;
        stdin.flush().await
    };
    told.await.map_err(failed)?;
    process.hold(stdin);

    let mut answer = String::new();
    let mut stdout = BufReader::new(stdout);
    match tokio::time::timeout(LIMIT, stdout.read_line(&mut answer)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(failed(error)),
        Err(_) => return Err(Failure::known(Stage::Start, Trouble::NotReady(LIMIT.as_secs()))),
    }
    match serde_json::from_str(&answer) {
        Ok(MemberReport::Ready { addr }) => {
            let dial = Dial { addr, login: Some(spec.login), handshake: Handshake::Pipelined };
            Ok(Started { dial, process: Some(process), _port: None })
        }
        Ok(MemberReport::Failed(failure)) => Err(failure),
        Err(_) => {
            let program = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
            let ended = Trouble::Ended { program, exit: process.ended().await, said: String::new() };
            Err(Failure::known(Stage::Start, ended))
        }
    }
}

/// Made for one start: another local program that finds the port cannot use it.
fn fresh_login() -> Login {
    let mut rng = rand::rng();
    let user = Alphanumeric.sample_string(&mut rng, 8);
    Login { user, password: Alphanumeric.sample_string(&mut rng, 32).into() }
}
