//! The command line without an engine: exit codes, error messages, no files left behind.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn sluice(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.arg("--home").arg(home).args(args).stdin(Stdio::null()).env_remove("SLUICE_HOME");
    command
}

fn run(home: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = sluice(home, args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn without_an_engine_every_command_exits_with_code_3() {
    let home = tempfile::tempdir().unwrap();
    for args in [
        "status",
        "status --watch --json",
        "connect",
        "disconnect",
        "cluster on --size 2",
        "cluster off",
        "mode global",
        "nodes --json",
        "node show x",
        "node remove x",
        "share x",
        "test",
        "set cluster.size 2",
        "get",
        "events --follow",
        "import socks5://127.0.0.1:1",
    ] {
        let (code, stdout, stderr) = run(home.path(), &args.split(' ').collect::<Vec<_>>());
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{args}");
        assert_eq!(stderr, "sluice: no engine is running; start one with `sluice serve`\n", "{args}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "no file is created");
}

#[test]
fn a_usage_error_exits_with_code_2_and_help_with_0() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["fly"]).0, Some(2));
    assert_eq!(run(home.path(), &["cluster", "on", "--strategy", "best"]).0, Some(2));
    let (code, stdout, _) = run(home.path(), &["--help"]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("serve"));
    let (code, stdout, _) = run(home.path(), &["--version"]);
    assert_eq!((code, stdout.trim()), (Some(0), concat!("sluice ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn an_unreadable_file_is_reported_in_one_line_with_code_1() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["import", "no-such-file"][..], &["logs"]] {
        let (code, stdout, stderr) = run(home.path(), args);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{args:?}");
        assert!(stderr.starts_with("sluice: ") && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn the_log_is_shown_without_an_engine() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    std::fs::write(logs.join("sluice.2026-01-01.log"), "old\n").unwrap();
    std::fs::write(logs.join("sluice.2026-01-02.log"), "one\ntwo\n").unwrap();
    assert_eq!(run(home.path(), &["logs", "-n", "1"]), (Some(0), "two\n".into(), String::new()));
    assert_eq!(run(home.path(), &["logs", "--json"]).1, "{\"line\":\"one\"}\n{\"line\":\"two\"}\n");
}

#[test]
fn a_closed_pipe_ends_the_command_quietly() {
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    std::fs::write(logs.join("sluice.2026-01-01.log"), "a line\n".repeat(20_000)).unwrap();
    let mut child =
        sluice(home.path(), &["logs", "-n", "20000"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn the_home_can_be_set_in_the_environment() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    let mut child = command
        .args(["import", "-"])
        .env("SLUICE_HOME", home.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"socks5://127.0.0.1:1\n").unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(3));
}
