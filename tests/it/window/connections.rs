//! The page *Connections*.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use serde_json::Value;
use sluice::model::connection::ConnectionView;
use sluice::model::{Page, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::TestWindow;
use crate::counterparts::{Origin, SocksServer, V4};
use crate::engine::Engine;
use crate::socks::Socks;

/// An engine with one node that echoes, and a way to open connections.
struct Fixture {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    _origin: Origin,
    _server: SocksServer,
}

impl Fixture {
    fn start() -> Self {
        let (origin, server) = (Origin::start(V4), SocksServer::start_echo());
        let engine = Engine::start(&origin);
        engine.import(&[server.node("Tokyo")]);
        engine.cluster_on(1, "sticky");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { runtime, engine, _origin: origin, _server: server }
    }

    fn connect(&self, host: &str) -> TcpStream {
        let target = Target::from_host(host, 443).unwrap();
        let socks = Socks::open(self.engine.gateway());
        self.runtime.block_on(async {
            let mut stream = socks.connect(&target).await.unwrap();
            let mut back = [0; 5];
            stream.write_all(b"hello").await.unwrap();
            stream.read_exact(&mut back).await.unwrap();
            stream
        })
    }

    fn open(&self) -> Vec<String> {
        let rows: Vec<ConnectionView> = self.engine.json(&["connections", "--open"]);
        rows.into_iter().map(|row| row.host).collect()
    }
}

/// The name of this process's program.
fn own_name() -> String {
    std::env::current_exe().unwrap().file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn connections_are_listed_and_closed() {
    let fixture = Fixture::start();
    let mut window = TestWindow::open(&fixture.engine, Page::Connections);
    window.expect_text("No connections");
    let _open = ["www.one.test", "mail.one.test", "two.test"].map(|host| fixture.connect(host));
    let row = |host: &str| format!("{} {host}:443", own_name());
    window.wait_until("all programs are identified", |window| {
        ["www.one.test", "mail.one.test", "two.test"].iter().all(|host| window.has_row(&row(host)))
    });
    window.expect_text("3 open");
    window.expect_text("Tokyo");

    window.click_button("Close mail.one.test:443");
    window.expect_text("1 connection closed");
    window.wait_until("the row is gone", |window| !window.has_row(&row("mail.one.test")));
    assert_eq!(fixture.open(), ["two.test", "www.one.test"]);
    window.click(Role::CheckBox, "Show closed");
    window.expect_text("closed by you");

    window.fill("Find", "WWW.one");
    window.wait_until("only one row is left", |window| !window.has_row(&row("two.test")));
    window.click_button("Close all shown");
    window.wait_until("the connection is closed", |window| window.has("0 open"));
    assert_eq!(fixture.open(), ["two.test"], "connections that are filtered out stay open");
}

#[test]
fn connections_are_grouped_with_their_sums() {
    let fixture = Fixture::start();
    let _open = ["www.one.test", "mail.one.test", "two.test"].map(|host| fixture.connect(host));
    let mut window = TestWindow::open(&fixture.engine, Page::Connections);
    window.wait_until("all connections are listed", |window| window.has("3 open"));
    window.click(Role::RadioButton, "Group by: Site");
    window.expect_text("one.test");
    assert!(!window.has("www.one.test"), "a group is collapsed at first");
    // The row in the middle of its line, since its first cells have texts.
    window.click(Role::Button, "one.test (2)");
    window.expect_text("mail.one.test");
    window.click_button("Close one.test");
    window.expect_text("2 connections closed");
    assert_eq!(fixture.open(), ["two.test"]);

    window.click(Role::RadioButton, "Group by: Program");
    window.expect_text(&own_name());
    window.click(Role::RadioButton, "Group by: Node");
    window.click(Role::Button, "Tokyo (1)");
    window.expect_text("two.test:443");
    window.click(Role::ComboBox, "Program");
    window.click_button(&own_name());
    window.click(Role::ColumnHeader, "Host");
    window.expect_text("two.test:443");
}

#[test]
fn connections_are_followed_only_while_they_are_shown() {
    let fixture = Fixture::start();
    let _open = fixture.connect("one.test");
    let mut window = TestWindow::open(&fixture.engine, Page::Connections);
    window.wait_until("the connection is listed", |window| window.app().state().connections.rows().count() == 1);
    window.click(Role::Tab, "Nodes");
    window.wait_until("the list is cleared", |window| window.app().state().connections.rows().count() == 0);
    let _other = fixture.connect("two.test");
    let _frames = window.frames(std::time::Duration::from_millis(1_500));
    assert_eq!(window.app().state().connections.rows().count(), 0);
    assert!(window.harness.query_by_label("two.test:443").is_none());
    window.click(Role::Tab, "Connections");
    window.wait_until("both connections are listed", |window| window.app().state().connections.rows().count() == 2);
}

#[test]
fn a_site_that_does_not_work_is_tried_through_the_nodes() {
    let (origin, servers) = (Origin::start(V4), [(); 2].map(|()| SocksServer::start()));
    let engine = Engine::start(&origin);
    engine.import(&[servers[0].node("Tokyo"), servers[1].node("Osaka")]);
    engine.cluster_on(2, "failover");
    let mut window = TestWindow::open(&engine, Page::Connections);
    window.click_button("This site does not work…");
    assert!(window.is_disabled(Role::Button, "Try the nodes"));
    window.fill("Site", &format!("http://one.test:{}/204", origin.addr.port()));
    window.click_button("Try the nodes");
    window.expect_text("one.test goes through ");
    window.expect_text(": status 204 after ");
    window.click_button("Close");
    window.expect_no_text("one.test goes through ");
    let pins: Vec<Value> = engine.json(&["pins"]);
    assert_eq!((pins.len(), &pins[0]["site"]), (1, &"one.test".into()));

    // A site that no node serves.
    window.click_button("This site does not work…");
    window.fill("Site", &format!("http://two.test:{}/", crate::counterparts::free_port(V4)));
    window.press_key(Modifiers::NONE, Key::Enter);
    window.expect_text("two.test: it works neither through a node nor without one");
    window.expect_text("without a node: ");
    window.press_key(Modifiers::NONE, Key::Escape);
    window.expect_no_text("two.test: it works neither");
}

#[test]
fn a_site_is_sent_another_way_from_its_connection() {
    let fixture = Fixture::start();
    let mut window = TestWindow::open(&fixture.engine, Page::Connections);
    let _open = fixture.connect("www.one.test");
    window.wait_until("the connection is listed", |window| window.has("1 open"));
    window.click_button("Actions for www.one.test:443");
    window.click_button("Send this site another way…");
    assert_eq!(window.field_text("Site or program"), "one.test");
    assert!(window.is_disabled(Role::Button, "Save"));
    window.click(Role::ComboBox, "Goes to");
    window.click_button("blocked");
    window.click_button("Save");
    window.expect_text("one.test is pinned");
    let pins: Vec<Value> = fixture.engine.json(&["pins"]);
    assert_eq!((pins.len(), &pins[0]["site"], &pins[0]["to"]), (1, &"one.test".into(), &"block".into()));
}
