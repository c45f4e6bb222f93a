//! A desktop panel on the session bus: the StatusNotifierWatcher that icons register with, and a client of
//! com.canonical.dbusmenu that reads the menu and clicks on it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zbus::blocking::{Connection, Proxy, connection};
use zbus::zvariant::{OwnedValue, Value};

use crate::counterparts::eventually;
use crate::engine::LIMIT;
use crate::source::root;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// A running panel, stopped on drop.
pub struct Panel {
    bus: Connection,
    registered: Arc<Mutex<Vec<String>>>,
}

struct Watcher(Arc<Mutex<Vec<String>>>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.lock().unwrap().push(service);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// How often a menu has changed.
#[derive(Default)]
pub struct Changes(Arc<AtomicUsize>, Arc<AtomicUsize>);

impl Changes {
    /// How often its lines changed.
    pub fn layouts(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// How often texts or marks of its lines changed.
    pub fn texts(&self) -> usize {
        self.1.load(Relaxed)
    }
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub label: String,
    pub is_enabled: bool,
    /// `None` for a line without a mark.
    pub is_set: Option<bool>,
    pub lines: Vec<Line>,
    id: i32,
}

/// `(ia{sv}av)`, as GetLayout answers.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// Width, height, pixels.
type Pixmap = (i32, i32, Vec<u8>);

impl Panel {
    /// Starts it on a session bus.
    pub fn start(bus: &str) -> Self {
        let registered = Arc::<Mutex<Vec<String>>>::default();
        let builder = connection::Builder::address(bus).unwrap();
        let watcher = Watcher(registered.clone());
        let bus = builder.serve_at("/StatusNotifierWatcher", watcher).unwrap().name(WATCHER).unwrap().build().unwrap();
        Self { bus, registered }
    }

    /// Waits until an icon has registered; how long it took.
    #[track_caller]
    pub fn wait_until_registered(&self) -> Duration {
        let start = Instant::now();
        assert!(eventually(LIMIT, || !self.registered.lock().unwrap().is_empty()), "an icon registers");
        start.elapsed()
    }

    /// How many icons have registered.
    pub fn icons(&self) -> usize {
        self.registered.lock().unwrap().len()
    }

    fn service(&self) -> String {
        self.registered.lock().unwrap().last().expect("an icon has registered").clone()
    }

    fn proxy(&self, path: &'static str, interface: &'static str) -> Proxy<'static> {
        Proxy::new(&self.bus, self.service(), path, interface).unwrap()
    }

    /// The menu as it is now.
    pub fn menu(&self) -> Vec<Line> {
        let answer =
            self.proxy("/MenuBar", "com.canonical.dbusmenu").call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()));
        let (_revision, layout): (u32, Layout) = answer.unwrap();
        line(layout).lines
    }

    /// The IDs of all lines, including submenus, from top to bottom.
    pub fn line_ids(&self) -> Vec<i32> {
        fn ids(lines: &[Line]) -> Vec<i32> {
            lines.iter().flat_map(|line| [vec![line.id], ids(&line.lines)].concat()).collect()
        }
        ids(&self.menu())
    }

    /// Waits until the lines of the menu have not changed for a second.
    pub fn wait_until_stable(&self) {
        let shape = |line: &Line| (line.id, line.lines.len());
        let now = || self.menu().iter().map(shape).collect::<Vec<_>>();
        let (mut last, mut since) = (now(), Instant::now());
        let settled = eventually(LIMIT, || {
            let shape = now();
            if shape != last {
                (last, since) = (shape, Instant::now());
            }
            since.elapsed() > Duration::from_secs(1)
        });
        assert!(settled, "{:#?}", self.menu());
    }

    /// Counts the menu's change signals from now on.
    pub fn watch(&self) -> Changes {
        let changes = Changes::default();
        let (layouts, texts) = (changes.0.clone(), changes.1.clone());
        let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu");
        let signals = menu.receive_all_signals().unwrap();
        std::thread::spawn(move || {
            for signal in signals {
                let name = signal.header().member().map(ToString::to_string).unwrap_or_default();
                let count = if name == "LayoutUpdated" { &layouts } else { &texts };
                count.fetch_add(1, Relaxed);
            }
        });
        changes
    }

    /// The line with this label, in the menu or a submenu.
    #[track_caller]
    pub fn line(&self, label: &str) -> Line {
        find(&self.menu(), &|line| line.label == label).unwrap_or_else(|| panic!("no {label}: {:#?}", self.menu()))
    }

    /// Waits until the menu meets a condition.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_so: impl Fn(&[Line]) -> bool) {
        let is_met = eventually(LIMIT, || is_so(&self.menu()));
        assert!(is_met, "not within {LIMIT:?}: {what}: {:#?}", self.menu());
    }

    /// Waits until the first line, the status, is this text.
    #[track_caller]
    pub fn expect_status(&self, line: &str) {
        self.wait_for(line, |menu| menu[0].label == line);
    }

    /// Waits until the first line, the status, begins with this text.
    #[track_caller]
    pub fn expect_status_prefix(&self, beginning: &str) {
        self.wait_for(beginning, |menu| menu[0].label.starts_with(beginning));
    }

    /// Clicks on the line whose label begins with this text, once it is enabled.
    #[track_caller]
    pub fn click(&self, beginning: &str) {
        let wanted = |line: &Line| line.label.starts_with(beginning) && line.is_enabled && line.lines.is_empty();
        self.wait_for(beginning, |menu| find(menu, &wanted).is_some());
        let line = find(&self.menu(), &wanted).expect("it was there");
        let clicked = (line.id, "clicked", Value::from(0_i32), 0_u32);
        self.proxy("/MenuBar", "com.canonical.dbusmenu").call_noreply("Event", &clicked).unwrap();
    }

    /// Waits until the icon is this one from `icons/`.
    #[track_caller]
    pub fn expect_icon(&self, icon: &str) {
        let expected = argb(&root().join(format!("icons/48/{icon}.png")));
        let shown = || {
            let pixmaps = property(&self.bus, &self.service(), "IconPixmap");
            let sizes: Vec<Pixmap> = pixmaps.try_into().unwrap();
            sizes.into_iter().find(|(width, ..)| *width == 48).map(|(.., bytes)| bytes)
        };
        assert!(eventually(LIMIT, || shown().is_some_and(|bytes| bytes == expected)), "the icon is {icon}");
    }

    /// The tooltip.
    pub fn tooltip(&self) -> String {
        let tip = property(&self.bus, &self.service(), "ToolTip");
        let (_, _, _, text): (String, Vec<Pixmap>, String, String) = tip.try_into().unwrap();
        text
    }
}

fn property(bus: &Connection, service: &str, name: &str) -> OwnedValue {
    let properties =
        Proxy::new(bus, service.to_owned(), "/StatusNotifierItem", "org.freedesktop.DBus.Properties").unwrap();
    properties.call("Get", &("org.kde.StatusNotifierItem", name)).unwrap()
}

fn line((id, values, inner): Layout) -> Line {
    let text = values.get("label").and_then(|value| value.downcast_ref::<String>().ok());
    let number = |name: &str| values.get(name).and_then(|value| value.downcast_ref::<i32>().ok());
    let is_disabled = values.get("enabled").and_then(|value| value.downcast_ref::<bool>().ok()) == Some(false);
    let lines = inner.into_iter().map(|value| line(value.try_into().unwrap())).collect();
    Line {
        label: text.unwrap_or_default().replace("__", "_"),
        is_enabled: !is_disabled,
        is_set: values.contains_key("toggle-type").then(|| number("toggle-state") == Some(1)),
        lines,
        id,
    }
}

fn find(lines: &[Line], is_wanted: &dyn Fn(&Line) -> bool) -> Option<Line> {
    lines.iter().find_map(|line| if is_wanted(line) { Some(line.clone()) } else { find(&line.lines, is_wanted) })
}

/// The pixels of a picture in the format of `IconPixmap`.
fn argb(file: &std::path::Path) -> Vec<u8> {
    let mut pixels = image::open(file).unwrap().into_rgba8().into_raw();
    pixels.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
    pixels
}
