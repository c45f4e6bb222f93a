//! A headless window with a real engine, operated through the names and roles of its controls. Nothing is rendered;
//! everything else is as in the program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{DroppedFile, HoveredFile, Key, Modifiers, Vec2, vec2};
use egui_kittest::kittest::{AccessKitNode, NodeT, Queryable};
use egui_kittest::{Harness, Node};
use egui_system_font_provider::SystemFontProvider;
use sluice::model::Page;
use sluice::os::folders::UserFolders;
use sluice::os::paths::Paths;
use sluice::window::{App, WindowConfig};

use crate::engine::{Engine, LIMIT};

/// The window's application, which is created with the first frame.
pub struct WindowState {
    start: Option<WindowConfig>,
    app: Option<App>,
}

/// A headless window.
pub struct TestWindow {
    pub harness: Harness<'static, WindowState>,
    /// When the next frame is due, if one was requested.
    due: Arc<Mutex<Option<Instant>>>,
}

impl TestWindow {
    /// Opens a window for the engine; returns when it has loaded the settings and nodes.
    pub fn open(engine: &Engine, page: Page) -> Self {
        Self::loaded(Self::open_at(engine.home().to_owned(), page))
    }

    /// The same with a window so tall that nothing needs scrolling.
    pub fn open_tall(engine: &Engine, page: Page) -> Self {
        Self::loaded(Self::sized(engine.home().to_owned(), page, vec2(1_000.0, 2_600.0)))
    }

    /// Opens a window for a home folder, whether or not an engine is running there.
    pub fn open_at(home: PathBuf, page: Page) -> Self {
        Self::sized(home, page, vec2(1_000.0, 680.0))
    }

    fn loaded(mut self) -> Self {
        self.wait_until("settings and nodes are loaded", |window| {
            let state = window.app().state();
            let nodes = state.snapshot().map(|snapshot| snapshot.nodes);
            state.settings().is_some() && nodes == Some(state.nodes().len())
        });
        self
    }

    fn sized(home: PathBuf, page: Page, size: Vec2) -> Self {
        let paths = Paths::find(Some(&home)).unwrap();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_sluice-tray"));
        let user = home.join("user");
        let user = UserFolders { config: user.join(".config"), data: user.join(".local/share"), home: user };
        let start = WindowConfig { paths, home: Some(home), program, user, page };
        let show = |ui: &mut eframe::egui::Ui, drawn: &mut WindowState| {
            let app = drawn.app.get_or_insert_with(|| {
                // As in the program. A character that no font of the system has fails the test.
                ui.ctx().add_font_provider(Arc::new(SystemFontProvider::new()));
                App::new(ui.ctx(), drawn.start.take().expect("created once")).unwrap()
            });
            app.show(ui);
        };
        let drawn = WindowState { start: Some(start), app: None };
        let harness = Harness::builder().with_size(size).build_ui_state(show, drawn);
        let due = Arc::<Mutex<Option<Instant>>>::default();
        let asked = due.clone();
        harness.ctx.set_request_repaint_callback(move |request| {
            let at = Instant::now() + request.delay;
            let mut due = asked.lock().unwrap();
            *due = Some(due.map_or(at, |due| due.min(at)));
        });
        Self { harness, due }
    }

    /// The application.
    pub fn app(&self) -> &App {
        self.harness.state().app.as_ref().expect("created with the first frame")
    }

    /// Draws frames until a condition holds.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let began = Instant::now();
        loop {
            self.harness.step();
            if is_so(self) {
                return;
            }
            assert!(began.elapsed() < LIMIT, "not within {LIMIT:?}: {what}\n{:#?}", self.harness.root());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Draws frames for a time as the program does: only if they are requested. For each frame, the causes of the request.
    pub fn frames(&mut self, time: Duration) -> Vec<String> {
        let (began, mut frames) = (Instant::now(), Vec::new());
        while began.elapsed() < time {
            if self.due.lock().unwrap().take_if(|due| *due <= Instant::now()).is_some() {
                self.harness.step();
                let causes = self.harness.ctx.repaint_causes();
                frames.push(causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            } else {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        frames
    }

    /// Draws until no more frames are requested.
    #[track_caller]
    pub fn wait_until_idle(&mut self) {
        let began = Instant::now();
        self.harness.step();
        while !self.frames(Duration::from_millis(1_200)).is_empty() {
            assert!(began.elapsed() < LIMIT, "frames are requested again and again");
        }
    }

    /// Draws until something with this text is shown: a label, a button, a row.
    #[track_caller]
    pub fn expect_text(&mut self, text: &str) {
        self.wait_until(&format!("{text} is shown"), |window| window.has(text));
    }

    /// Draws until nothing with this text is shown.
    #[track_caller]
    pub fn expect_no_text(&mut self, text: &str) {
        self.wait_until(&format!("{text} is gone"), |window| !window.has(text));
    }

    /// Whether the name or text of something contains this.
    pub fn has(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    /// Whether a row of a table has this name.
    pub fn has_row(&self, name: &str) -> bool {
        self.harness.query_all_by_role_and_label(Role::Row, name).next().is_some()
    }

    /// The element with this role and name.
    #[track_caller]
    pub fn get<'a>(&'a self, role: Role, name: &'a str) -> Node<'a> {
        self.harness.get_by_role_and_label(role, name)
    }

    /// Whether the element with this role and name is disabled.
    #[track_caller]
    pub fn is_disabled(&self, role: Role, name: &str) -> bool {
        self.get(role, name).accesskit_node().is_disabled()
    }

    /// The value of a field.
    #[track_caller]
    pub fn value(&self, role: Role, name: &str) -> String {
        self.get(role, name).accesskit_node().value().unwrap_or_default()
    }

    /// How many elements have this in their name or text.
    pub fn count(&self, text: &str) -> usize {
        self.harness.query_all_by_label_contains(text).count()
    }

    /// Clicks the element with this role and name once it is shown and enabled.
    #[track_caller]
    pub fn click(&mut self, role: Role, name: &str) {
        self.wait_until(&format!("{role:?} {name} is enabled"), |window| {
            let mut found = window.harness.query_all_by_role_and_label(role, name);
            found.next().is_some_and(|node| !node.accesskit_node().is_disabled())
        });
        // A new element may still be moving to its place.
        self.settle();
        self.get(role, name).click();
        self.settle();
    }

    /// Clicks a button.
    #[track_caller]
    pub fn click_button(&mut self, name: &str) {
        self.click(Role::Button, name);
    }

    /// Clicks a button that may be outside of the visible area.
    #[track_caller]
    pub fn click_offscreen_button(&mut self, name: &str) {
        self.wait_until(&format!("{name} is shown"), |window| {
            window.harness.query_by_role_and_label(Role::Button, name).is_some()
        });
        self.get(Role::Button, name).click_accesskit();
        self.settle();
    }

    /// The names of all text fields.
    pub fn fields(&self) -> BTreeSet<String> {
        let fields = self.harness.query_all_by(|node| is_text_field(node.role()));
        fields.map(|node| name_of(&node.accesskit_node()).unwrap_or_default()).collect()
    }

    /// The text in a text field; dots if it is secret.
    #[track_caller]
    pub fn field_text(&self, name: &str) -> String {
        let field = self.field(name).unwrap_or_else(|| panic!("no field {name}"));
        field.accesskit_node().value().unwrap_or_default()
    }

    /// Replaces the text in a field.
    #[track_caller]
    pub fn fill(&mut self, name: &str, text: &str) {
        self.wait_until(&format!("the field {name} is shown"), |window| window.field(name).is_some());
        self.field(name).expect("it is shown").focus();
        self.harness.step();
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.step();
        match text {
            "" => self.harness.key_press(Key::Delete),
            text => self.field(name).expect("it is shown").type_text(text),
        }
        self.settle();
    }

    /// The text field with this name; if a dialog is open, its own rather than one of the page behind it.
    fn field<'a>(&'a self, name: &'a str) -> Option<Node<'a>> {
        self.harness.query_all_by(is_field(name)).last()
    }

    /// Presses a key.
    pub fn press_key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Pastes a text.
    pub fn paste(&mut self, text: &str) {
        self.harness.event(eframe::egui::Event::Paste(text.to_owned()));
        self.settle();
    }

    /// Drags files over the window from outside.
    pub fn hover_files(&mut self, files: &[PathBuf]) {
        let held = |file: &PathBuf| HoveredFile { path: Some(file.clone()), ..HoveredFile::default() };
        self.harness.input_mut().hovered_files = files.iter().map(held).collect();
        self.settle();
    }

    /// Drops files on the window.
    pub fn drop_files(&mut self, files: &[PathBuf]) {
        let input = self.harness.input_mut();
        input.hovered_files.clear();
        input.dropped_files = files.iter().map(|file| Arc::new(Dropped(file.clone())) as _).collect();
        self.settle();
    }

    fn settle(&mut self) {
        (0..3).for_each(|_| self.harness.step());
    }
}

/// A dropped file.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn is_field(name: &str) -> impl Fn(&AccessKitNode<'_>) -> bool + use<'_> {
    move |node| is_text_field(node.role()) && name_of(node).as_deref() == Some(name)
}

fn is_text_field(role: Role) -> bool {
    matches!(role, Role::TextInput | Role::MultilineTextInput | Role::PasswordInput)
}

/// The name of an element for screen readers.
pub fn name_of(node: &AccessKitNode<'_>) -> Option<String> {
    node.label().or_else(|| node.placeholder().map(str::to_owned)).filter(|name| !name.is_empty())
}
