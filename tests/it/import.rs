//! Files of other programs become nodes that serve.

use serde_json::Value;

use crate::client::{Way, curl};
use crate::counterparts::{EmbeddedServer, Origin, V4};
use crate::engine::Engine;

/// Writes a file beside the engine and imports it; what is told as JSON.
fn import(engine: &Engine, name: &str, text: &str) -> Value {
    let file = engine.home().join(name);
    std::fs::write(&file, text).unwrap();
    engine.json(&["import", file.to_str().unwrap()])
}

#[test]
fn a_server_is_the_same_node_in_every_form() {
    let (server, origin) = (EmbeddedServer::start("aes-256-gcm"), Origin::start(V4));
    let engine = Engine::start(&origin);
    let (port, password) = (server.addr.port(), &server.password);
    let sip008 = format!(
        r#"{{"version":1,"servers":[{{"remarks":"here","server":"127.0.0.1","server_port":{port},"password":"{password}","method":"aes-256-gcm"}},{{"server":"x"}}]}}"#
    );
    let clash = format!(
        "mode: rule\nproxies:\n  - {{name: there, type: ss, server: 127.0.0.1, port: {port}, cipher: aes-256-gcm, password: '{password}'}}\n"
    );
    let first = import(&engine, "sip008.json", &sip008);
    assert_eq!(first["added"].as_array().unwrap().len(), 1);
    assert_eq!(first["refused"][0]["server"], 2);
    let id = &first["added"][0];
    let again = import(&engine, "clash.yaml", &clash);
    assert_eq!((&again["added"], &again["known"][0]), (&serde_json::json!([]), id));
    engine.done(&["connect", "here"]);
    engine.serves(1);
    assert_eq!(curl(Way::Socks5, engine.gateway(), &origin.url("/bytes/1000"), &[]).0, 1_000);
}

#[test]
fn a_text_that_is_no_list_is_refused_with_what_it_is() {
    let engine = Engine::start(&Origin::start(V4));
    let refused = |text: &str| {
        let ran = engine.run_with(&["import", "-"], text);
        assert_eq!((ran.code, ran.stderr.lines().count()), (Some(1), 1), "{ran:?}");
        ran.stderr
    };
    assert!(refused("<!DOCTYPE html><html><body>Log in</body></html>").contains("a web page"));
    assert!(refused("{\"servers\":[").contains("line 1, column"));
    assert!(refused("{\"rules\":[]}").contains("no list of servers"));
    assert!(refused(&"x".repeat(9 << 20)).contains("at most"));
    assert!(engine.nodes().is_empty());
}

#[test]
fn refusals_are_said_in_the_users_language() {
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let closed = crate::counterparts::free_port(V4);
    engine.done(&["import", &format!("socks5://127.0.0.1:{closed}#gone")]);
    engine.done(&["set", "language", "zh-CN"]);
    let said = |words: &[&str], input: &str| {
        let ran = engine.run_with(words, input);
        assert_eq!(ran.code, Some(1), "{words:?}: {ran:?}");
        ran.stdout + &ran.stderr
    };
    assert!(said(&["import", "-"], "vmess://abc\n").contains("不支持 vmess://"));
    assert!(said(&["import", "-"], "<html>").contains("这是网页，不是服务器列表"));
    assert!(said(&["set", "cluster.size", "0"], "").contains("cluster.size：应为1 到 64 之间的数字"));
    assert!(said(&["set", "cluster.strategy", "best"], "").contains("以下之一：`sticky`, "));
    assert!(said(&["test", "gone"], "").contains("连接被拒绝"), "{}", said(&["test", "gone"], ""));
}
