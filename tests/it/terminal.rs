//! Input at a real terminal: passwords without echo, and answers to questions. The terminal is provided by `script`
//! (util-linux).
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::counterparts::{Origin, V4, eventually, missing};
use crate::engine::{Engine, LIMIT};

const PASSWORD: &str = "correct horse battery";

/// A command that runs in a terminal.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    fn run(engine: &Engine, args: &[&str]) -> Self {
        let quoted = |word: &str| format!("'{}'", word.replace('\'', r"'\''"));
        let home = engine.home().display().to_string();
        let line: Vec<_> =
            [env!("CARGO_BIN_EXE_sluice"), "--home", &home].iter().chain(args).map(|word| quoted(word)).collect();
        let mut command = Command::new("script");
        // The first line of the output is the name of the terminal.
        command.args(["--quiet", "--return", "--command", &format!("tty; {}", line.join(" ")), "/dev/null"]);
        command.env_remove("SLUICE_HOME").envs([("LC_ALL", "C.UTF-8"), ("SHELL", "/bin/sh"), ("NO_COLOR", "1")]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let shown = Arc::new(Mutex::new(String::new()));
        let writing = shown.clone();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                writing.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { child, keys, shown }
    }

    fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Waits until the output ends with a question.
    #[track_caller]
    fn wait_for(&self, question: &str) {
        let is_asked = || self.shown().trim_end().ends_with(question.trim_end());
        assert!(eventually(LIMIT, is_asked), "{question:?} is not shown: {:?}", self.shown());
    }

    #[track_caller]
    fn answer(&mut self, question: &str, keys: &str) {
        self.wait_for(question);
        self.press(keys);
    }

    /// The same without echo, which is turned off a moment after the question is shown.
    #[track_caller]
    fn answer_without_echo(&mut self, question: &str, keys: &str) {
        self.wait_for(question);
        let is_echo_off = || {
            let shown = self.shown();
            let terminal = shown.lines().next().unwrap_or_default().trim();
            let state = Command::new("stty").args(["-a", "-F", terminal]).output().unwrap();
            String::from_utf8_lossy(&state.stdout).contains(" -echo ")
        };
        assert!(eventually(LIMIT, is_echo_off), "the terminal echoes input: {:?}", self.shown());
        self.press(keys);
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(format!("{keys}\n").as_bytes()).unwrap();
    }

    /// Waits for the end; the exit code and the output.
    fn end(mut self) -> (Option<i32>, String) {
        assert!(eventually(LIMIT, || self.child.try_wait().unwrap().is_some()), "{:?}", self.shown());
        let code = self.child.wait().unwrap().code();
        (code, self.shown())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_password_is_read_without_echo_and_twice_if_it_is_new() {
    if missing("script") {
        return;
    }
    let engine = Engine::start(&Origin::start(V4));
    engine.run_ok(&["import", "socks5://one.example:1080#one"]);
    let file = engine.home().join("sealed.sluice");
    let name = file.to_str().unwrap();

    let mut backup = Terminal::run(&engine, &["backup", name, "--password"]);
    backup.answer_without_echo("Password: ", PASSWORD);
    backup.answer_without_echo("Repeat: ", "incorrect horse");
    let (code, shown) = backup.end();
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("do not match") && !shown.contains("horse"), "{shown}");
    assert!(!file.exists());

    let mut backup = Terminal::run(&engine, &["backup", name, "--password"]);
    backup.answer_without_echo("Password: ", PASSWORD);
    backup.answer_without_echo("Repeat: ", PASSWORD);
    let (code, shown) = backup.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains("horse"), "{shown}");
    assert!(std::fs::read(&file).unwrap().starts_with(b"age-encryption.org/v1"));

    let other = Engine::start(&Origin::start(V4));
    let mut restore = Terminal::run(&other, &["restore", name]);
    restore.answer_without_echo("Password: ", "wrong");
    let (code, shown) = restore.end();
    assert!(code == Some(1) && shown.contains("wrong password"), "{shown}");

    for (answer, code, nodes) in [("n", 1, 0), ("", 1, 0), ("yes", 0, 1)] {
        let mut restore = Terminal::run(&other, &["restore", name]);
        restore.answer_without_echo("Password: ", PASSWORD);
        restore.answer("Restore it? (y/n) ", answer);
        let (ended, shown) = restore.end();
        assert_eq!((ended, other.nodes().len()), (Some(code), nodes), "{answer:?}: {shown}");
        assert!(shown.contains("adds one") && !shown.contains("horse"), "{shown}");
    }
}

#[test]
fn importing_another_clients_settings_asks_for_confirmation() {
    if missing("script") {
        return;
    }
    let engine = Engine::start(&Origin::start(V4));
    let server = r#"{"server":"a.example","server_port":1,"password":"p","method":"aes-256-gcm","remarks":"a"}"#;
    let file = engine.home().join("gui-config.json");
    std::fs::write(&file, format!(r#"{{"configs":[{server}],"index":0,"TTL":600,"hotkey":{{"a":"b"}}}}"#)).unwrap();
    let idle = || engine.json::<Value>(&["get", "gateway.idle_limit_s"]);
    for (answer, seconds) in [("n", 7_200), ("y", 600)] {
        let mut import = Terminal::run(&engine, &["import", file.to_str().unwrap()]);
        import.answer("Use these settings too? (y/n) ", answer);
        let (code, shown) = import.end();
        assert_eq!((code, idle()), (Some(0), seconds.into()), "{shown}");
        assert!(shown.contains("gateway.idle_limit_s: 7200 → 600") && shown.contains("skipped: hotkey"), "{shown}");
    }
    assert_eq!(engine.nodes().len(), 1);
}
