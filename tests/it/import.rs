//! Importing files of other programs: their nodes and their settings.

use serde_json::Value;

use crate::client::{CurlProxy, curl};
use crate::counterparts::{EmbeddedServer, Origin, V4, WebPage};
use crate::engine::Engine;

/// Writes a file and imports it; the JSON report.
fn import(engine: &Engine, name: &str, text: &str) -> Value {
    let file = engine.home().join(name);
    std::fs::write(&file, text).unwrap();
    engine.json(&["import", file.to_str().unwrap()])
}

#[test]
fn a_server_is_the_same_node_in_every_format() {
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
    engine.run_ok(&["connect", "here"]);
    engine.wait_for_members(1);
    assert_eq!(curl(CurlProxy::Socks5, engine.gateway(), &origin.url("/bytes/1000"), &[]).0, 1_000);
}

#[test]
fn a_text_that_is_not_a_list_is_refused_with_the_reason() {
    let engine = Engine::start(&Origin::start(V4));
    let refused = |text: &str| {
        let output = engine.run_with(&["import", "-"], text);
        assert_eq!((output.code, output.stderr.lines().count()), (Some(1), 1), "{output:?}");
        output.stderr
    };
    assert!(refused("<!DOCTYPE html><html><body>Log in</body></html>").contains("a web page"));
    assert!(refused("{\"servers\":[").contains("line 1, column"));
    assert!(refused("{\"rules\":[]}").contains("no nodes found"));
    assert!(refused(&"x".repeat(9 << 20)).contains("at most"));
    assert!(engine.nodes().is_empty());
}

#[test]
fn rejections_are_in_the_users_language() {
    let origin = Origin::start(V4);
    let engine = Engine::start(&origin);
    let closed = crate::counterparts::free_port(V4);
    engine.run_ok(&["import", &format!("socks5://127.0.0.1:{closed}#gone")]);
    engine.run_ok(&["set", "language", "zh-CN"]);
    let message_of = |args: &[&str], input: &str| {
        let output = engine.run_with(args, input);
        assert_eq!(output.code, Some(1), "{args:?}: {output:?}");
        output.stdout + &output.stderr
    };
    assert!(message_of(&["import", "-"], "vmess://abc\n").contains("不支持 vmess://"));
    assert!(message_of(&["import", "-"], "<html>").contains("这是网页，不是节点列表"));
    assert!(message_of(&["set", "cluster.size", "0"], "").contains("cluster.size：应为1 到 64 之间的数字"));
    assert!(message_of(&["set", "cluster.strategy", "best"], "").contains("以下之一：`smart`, "));
    assert!(message_of(&["test", "gone"], "").contains("连接被拒绝"), "{}", message_of(&["test", "gone"], ""));
}

#[test]
fn another_clients_settings_are_previewed_and_imported_on_request() {
    let engine = Engine::start(&Origin::start(V4));
    let port = crate::counterparts::free_port(V4);
    let list = WebPage::start("socks5://listed.example:1080#Listed\n");
    let url = format!("http://127.0.0.1:{}/list?token=hunter2", list.port());
    let server = r#"{"id":"s1","remark":"a","serverHost":"a.example","serverPort":1,"password":"p","encryptMethod":"aes-256-gcm"}"#;
    let other = server.replace("a.example", "b.example");
    let file = engine.home().join("gui-config.json");
    let text = format!(
        r#"{{"config":[{server},{{"id":"g1","name":"mine","servers":[{other}]}},{{"id":"g2","name":"provider","url":"{url}","servers":[]}}],
        "settings":{{"localPort":{port},"mode":"Manual","serverMode":"cluster","clusterId":"g1","selectedServer":"s1","acl":
        {{"enable":true,"url":"/dev/zero"}},"loadBalance":{{"enable":true,"count":70,"strategy":"RANDOM"}},"lang":"zh-CN","pacPort":1}}}}"#
    );
    std::fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    let before: Value = engine.json(&["get"]);

    let shown = engine.run_ok(&["import", name, "--preview"]);
    for line in ["cluster.group:  → mine", "cluster.strategy: smart → random", "language:  → zh-CN"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    for line in ["subscription provider: http://127.0.0.1:", "skipped: loadBalance (the value", "skipped: pacPort"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("hunter2") && engine.nodes().is_empty());
    let shown = engine.run_ok(&["import", name, "--preview", "--settings", "--json"]);
    let [nodes, settings] = [0, 1].map(|nth| serde_json::from_str::<Value>(shown.lines().nth(nth).unwrap()).unwrap());
    assert_eq!((nodes[0]["found"].as_str(), settings["left"][0]["name"].as_str()), (Some("new"), Some("pacPort")));
    let stdout = engine.run_ok(&["import", name]);
    assert!(stdout.contains("2 nodes imported") && stdout.contains("--settings"), "{stdout}");
    assert_eq!(engine.json::<Value>(&["get"]), before, "settings are imported only with --settings");

    let output = engine.run(&["import", name, "--settings", "--json"]);
    assert_eq!((output.code, &*output.stderr), (Some(0), ""), "{output:?}");
    let taken: Value = serde_json::from_str(output.stdout.lines().nth(1).unwrap()).unwrap();
    let left: Vec<_> = taken["left"].as_array().unwrap().iter().map(|left| left["name"].as_str().unwrap()).collect();
    assert_eq!(left, ["pacPort", "acl", "loadBalance"]);
    let now: Value = engine.json(&["get"]);
    assert_eq!(now["gateway.listen"], format!("127.0.0.1:{port}"));
    let status = engine.status();
    assert_eq!((&*status.cluster.group, status.cluster.on, status.cluster.size), ("mine", true, 3));
    let node = engine.nodes().into_iter().find(|node| node.name == "a" && node.group.is_empty()).unwrap();
    assert_eq!(now["node"], node.id.as_str());
    assert!(engine.nodes().iter().any(|node| node.name == "Listed" && node.group == "provider"));
    let again: Value =
        serde_json::from_str(engine.run(&["import", name, "--settings", "--json"]).stdout.lines().nth(1).unwrap())
            .unwrap();
    assert_eq!((&again["settings"], &again["subscriptions"]), (&serde_json::json!([]), &serde_json::json!([])));
}

/// The other client's port is in use here.
#[test]
fn imported_settings_that_cannot_be_applied_change_nothing() {
    let engine = Engine::start(&Origin::start(V4));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let file = engine.home().join("gui-config.json");
    let port = taken.local_addr().unwrap().port();
    let text = format!(
        r#"{{"configs":[{{"server":"a.example","server_port":1,"password":"p","method":"aes-256-gcm"}}],
        "localPort":{port},"TTL":600}}"#
    );
    std::fs::write(&file, text).unwrap();
    engine.run_ok(&["import", "socks5://127.0.0.1:1#one"]);
    engine.run_ok(&["set", "node", engine.nodes()[0].id.as_str()]);
    engine.run_ok(&["set", "active", "true"]);
    let before: Value = engine.json(&["get"]);
    let output = engine.run(&["import", file.to_str().unwrap(), "--settings"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("the port is in use"), "{output:?}");
    assert_eq!((engine.json::<Value>(&["get"]), engine.nodes().len()), (before, 2));
}
