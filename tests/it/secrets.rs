//! Passwords appear in no process argument, environment variable, log, output or file where they do not belong.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluice::model::{Login, Node, Target};

use crate::client::get;
use crate::counterparts::{EmbeddedServer, Origin, ServerPlugin, SocksServer, SsServer, V4, find, missing, until};
use crate::engine::{Engine, LIMIT, Setup};
use crate::gateway::{files_below, named};
use crate::processes;
use crate::socks::{Refusal, Socks};

/// The passwords in use; each is a string that occurs nowhere else.
const SS_PASSWORD: &str = "correct-horse-battery";
const SOCKS_PASSWORD: &str = "staple-in-the-haystack";
const GATEWAY_PASSWORD: &str = "open-sesame-please";
const WRONG_PASSWORD: &str = "swordfish-as-always";

struct Fixture {
    servers: (SsServer, SsServer, EmbeddedServer, SocksServer),
    origin: Origin,
    engine: Engine,
}

impl Fixture {
    fn start(ss_local: Option<std::path::PathBuf>) -> Option<Self> {
        let plain = SsServer::start_as("aes-256-gcm", SS_PASSWORD, None)?;
        let with_plugin = SsServer::start_as("aes-256-gcm", SS_PASSWORD, Some(ServerPlugin::OBFS_HTTP))?;
        let new = EmbeddedServer::start("2022-blake3-aes-256-gcm");
        let socks = SocksServer::start_with_login("somebody", SOCKS_PASSWORD);
        let origin = Origin::start(V4);
        let setup = Setup::new(&origin, |settings| settings.members.ss_local = ss_local);
        let engine = setup.with_variable("SLUICE_LOG", "trace").start();
        Some(Self { servers: (plain, with_plugin, new, socks), origin, engine })
    }

    fn nodes(&self) -> Vec<Node> {
        let (plain, with_plugin, new, socks) = &self.servers;
        vec![
            named("plain", plain.node()),
            named("with_plugin", with_plugin.node()),
            named("new", new.node()),
            socks.node("socks"),
        ]
    }

    /// Every password, plain and in base64.
    fn encodings(&self) -> Vec<String> {
        let key = self.servers.2.password.as_str();
        let plain = [SS_PASSWORD, SOCKS_PASSWORD, GATEWAY_PASSWORD, WRONG_PASSWORD, key];
        let coded = plain.iter().map(|password| STANDARD.encode(password).trim_end_matches('=').to_owned());
        plain.iter().map(|&password| password.to_owned()).chain(coded).collect()
    }

    /// Uses the passwords in every way that a user can.
    async fn use_passwords(&self) {
        let engine = &self.engine;
        engine.import(&self.nodes());
        let login = format!(r#"{{"user":"me","password":"{GATEWAY_PASSWORD}"}}"#);
        let set = engine.run_with(&["set", "gateway.login", "-"], &login);
        assert_eq!(set.code, Some(0), "{set:?}");
        engine.cluster_on(4, "round-robin");

        let target = Target::Address(self.origin.addr);
        let with = |password: &str| {
            let login = Login { user: "me".into(), password: password.into() };
            Socks::with_login(engine.gateway(), login)
        };
        for _ in 0..4 {
            let stream = with(GATEWAY_PASSWORD).connect(&target).await.unwrap();
            crate::client::fetch(stream, &target, "/bytes/1000").await.unwrap();
        }
        assert!(matches!(with(WRONG_PASSWORD).connect(&target).await, Err(Refusal::Login)));
        assert!(get(engine.gateway(), &target, "/bytes/1").await.is_err());
        for secret in [GATEWAY_PASSWORD, WRONG_PASSWORD] {
            crate::client::curl_any(engine.gateway(), &self.origin.url("/bytes/10"), &format!("me:{secret}"));
        }
        engine.run_ok(&["test"]);
        // A wrong password in every kind of node, and invalid links that contain one.
        let (plain, _, _, socks) = &self.servers;
        let ssr = |protocol: &str, password: &str| {
            let text = format!("{}:{protocol}:none:plain:{}/?remarks=c3Ny", plain.addr, STANDARD.encode(password));
            format!("ssr://{}", STANDARD.encode(text))
        };
        let wrong = [
            ssr("auth_aes128_md5", WRONG_PASSWORD),
            ssr(WRONG_PASSWORD, "pw"),
            format!("ss://{}@{}#wrong", STANDARD.encode(format!("aes-256-gcm:{WRONG_PASSWORD}")), plain.addr),
            format!("socks5://somebody:{WRONG_PASSWORD}@{}#wrong too", socks.addr),
            format!("ss://aes-257-gcm:{WRONG_PASSWORD}@{}", plain.addr),
            format!("ss://{WRONG_PASSWORD}"),
            format!("socks5://somebody:{WRONG_PASSWORD}@:0"),
        ];
        let imported = engine.run_with(&["import", "-"], &wrong.join("\n"));
        assert_eq!(imported.code, Some(0));
        assert_eq!(imported.stderr.lines().count(), 4, "{}", imported.stderr);
        self.check("the output of import", &(imported.stdout + &imported.stderr));
        engine.run_ok(&["set", "health.limit_s", "1"]);
        let tested = engine.run(&["test", "wrong", "wrong too", "ssr"]);
        assert_eq!(tested.code, Some(1));
        self.check("the output of test", &(tested.stdout + &tested.stderr));
        let refused = engine.run_with(&["set", "gateway.login", "-"], &format!("[{WRONG_PASSWORD:?}"));
        assert_eq!(refused.code, Some(1));
        self.check("the output of set", &(refused.stdout + &refused.stderr));
        // And a member that is restarted.
        if let Some(pid) = engine.status().members[0].pid {
            processes::kill(pid);
            engine.wait_for("the member is restarted", |status| status.members[0].pid.is_some_and(|now| now != pid));
        }
        engine.wait_for_members(4);
    }

    fn check(&self, place: &str, text: &str) {
        for needle in self.encodings() {
            assert!(!text.contains(&needle), "{place} contains {needle}");
        }
        // A member's own login is generated at each start: 32 letters and digits.
        let args = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        let is_login = |word: &&str| word.len() == 32 && word.bytes().any(|byte| byte.is_ascii_uppercase());
        let logins: Vec<_> = args.filter(is_login).collect();
        assert!(logins.is_empty(), "{place} contains what looks like a member's login: {logins:?}");
    }

    fn check_everywhere(&self) {
        let engine = &self.engine;
        let mut ours = processes::below(engine.pid());
        assert!(ours.len() >= 4, "three members and a plugin: {ours:?}");
        ours.push(engine.pid());
        for pid in ours.into_iter().filter(|&pid| processes::is_alive(pid)) {
            for file in ["cmdline", "environ"] {
                let Some(bytes) = readable(&format!("/proc/{pid}/{file}")) else { continue };
                assert!(!bytes.is_empty(), "/proc/{pid}/{file} was read");
                self.check(&format!("{file} of {}", processes::name(pid)), &String::from_utf8_lossy(&bytes));
            }
        }
        let log = engine.log();
        assert!(log.contains("DEBUG"), "everything was logged");
        self.check("the log", &log);
        for verb in ["status", "events", "nodes", "get"] {
            for args in [&[verb][..], &[verb, "--json"]] {
                self.check(&format!("{args:?}"), &engine.run_ok(args));
            }
        }
        self.check("logs", &engine.run_ok(&["logs", "-n", "100000"]));
        for node in engine.nodes() {
            self.check("node show", &engine.run_ok(&["node", "show", node.id.as_str()]));
        }
        self.check_files();
    }

    fn check_files(&self) {
        let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        let home = self.engine.home();
        let mut with_secrets = Vec::new();
        for file in files_below(home) {
            let name = file.strip_prefix(home).unwrap().to_string_lossy().into_owned();
            let folder = file.parent().unwrap();
            // Created by the test itself.
            if name == "stderr" {
                continue;
            }
            assert!(folder == home || mode(folder) == 0o700, "{}", folder.display());
            assert_eq!(mode(&file), 0o600, "{name}");
            let bytes = fs::read(&file).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if self.encodings().iter().any(|needle| text.contains(needle)) {
                with_secrets.push(name);
            }
        }
        with_secrets.sort();
        with_secrets.retain(|name| !name.ends_with(".last"));
        assert_eq!(with_secrets, ["nodes.json", "settings.json"], "only the files that need passwords contain them");
    }
}

/// A file of the process table; `None` if only root may read it, so that nothing can leak.
fn readable(file: &str) -> Option<Vec<u8>> {
    match fs::read(file) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => None,
        Err(error) => panic!("{file}: {error}"),
    }
}

#[tokio::test]
async fn passwords_are_not_exposed_anywhere() {
    if missing("curl") {
        return;
    }
    let Some(fixture) = Fixture::start(None) else { return };
    fixture.use_passwords().await;
    fixture.check_everywhere();
}

#[tokio::test]
async fn processes_with_passwords_write_no_core_dump() {
    let (origin, server) = (Origin::start(V4), EmbeddedServer::start("aes-256-gcm"));
    let engine = Setup::new(&origin, |_| {}).start();
    engine.import(&[named("server", server.node())]);
    engine.cluster_on(1, "round-robin");
    for pid in [engine.pid(), engine.status().members[0].pid.unwrap()] {
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let cores = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(cores.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{cores}");
    }
}

#[tokio::test]
async fn other_programs_of_the_user_cannot_read_a_members_memory() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("node").stdin(Stdio::piped()).stdout(Stdio::null());
    if rustix::process::geteuid().is_root() {
        // As root the file would belong to root in any case.
        command.uid(65_534);
    }
    let mut member = command.spawn().unwrap();
    // The files of a process that is not dumpable belong to root (proc(5)).
    let file = format!("/proc/{}/environ", member.id());
    let is_closed = until(LIMIT, || fs::metadata(&file).is_ok_and(|file| file.uid() == 0)).await;
    member.kill().unwrap();
    member.wait().unwrap();
    assert!(is_closed);
}

#[tokio::test]
async fn passwords_are_not_exposed_with_the_users_own_ss_local() {
    let Some(program) = find("ss-local").filter(|_| !missing("ss-local") && !missing("curl")) else { return };
    let Some(fixture) = Fixture::start(Some(program)) else { return };
    // Debian's ss-local does not support AEAD-2022, so that node is left out.
    fixture.engine.import(&fixture.nodes()[..2]);
    fixture.engine.run_ok(&["cluster", "on", "--size", "2"]);
    fixture
        .engine
        .wait_for("both programs run", |status| status.members.iter().filter(|m| m.pid.is_some()).count() == 2);
    get(fixture.engine.gateway(), &Target::Address(fixture.origin.addr), "/bytes/1000").await.unwrap();
    for pid in processes::below(fixture.engine.pid()) {
        let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        fixture.check("a command line", &String::from_utf8_lossy(&command_line));
        if let Some(environment) = readable(&format!("/proc/{pid}/environ")) {
            fixture.check("an environment", &String::from_utf8_lossy(&environment));
        }
    }
    fixture.check("the log", &fixture.engine.log());
    // SIGKILL would leave the plugin of `ss-local` behind.
    let mut engine = fixture.engine;
    engine.terminate();
    assert!(until(LIMIT, || engine.ended().is_some()).await);
}
