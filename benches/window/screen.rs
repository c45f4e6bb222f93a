//! A headless window: frames are laid out and tessellated, but not rendered.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Context, Event, FullOutput, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, TouchPhase, pos2,
    vec2,
};
use egui_system_font_provider::SystemFontProvider;
use sluice::model::Page;
use sluice::os::folders::UserFolders;
use sluice::os::paths::Paths;
use sluice::window::{App, WindowConfig};

use super::workload::NODES;

/// The window's size when it opens, in points.
const SIZE: Pos2 = pos2(1000.0, 680.0);

/// The pause between two frames, as on a screen with 60 Hz.
const PAUSE: Duration = Duration::from_millis(12);

/// The cost of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Wall-clock time.
    pub took: Duration,
    /// CPU time.
    pub cpu: Duration,
}

/// A headless window.
pub struct Screen {
    ctx: Context,
    app: App,
    opened: Instant,
}

impl Screen {
    /// Opens a window for the engine of a home folder; returns when all nodes are loaded.
    pub fn open(home: &Path) -> anyhow::Result<Self> {
        let ctx = Context::default();
        ctx.add_font_provider(Arc::new(SystemFontProvider::new()));
        let start = WindowConfig {
            paths: Paths::find(Some(home))?,
            home: Some(home.to_owned()),
            program: "sluice-tray".into(),
            user: UserFolders::default(),
            page: Page::Nodes,
        };
        let app = App::new(&ctx, start).context("the window opens")?;
        let mut screen = Self { ctx, app, opened: Instant::now() };
        let limit = Instant::now() + Duration::from_secs(20);
        while screen.app.state().nodes().len() < NODES || screen.app.state().settings().is_none() {
            screen.frame(Vec::new())?;
            anyhow::ensure!(Instant::now() < limit, "the nodes are not listed in time");
            std::thread::sleep(PAUSE);
        }
        Ok(screen)
    }

    /// Draws `count` frames, each with its events; the cost of each.
    pub fn frames(&mut self, count: usize, events: impl Fn(usize) -> Vec<Event>) -> anyhow::Result<Vec<Cost>> {
        let frame = |nth| {
            std::thread::sleep(PAUSE);
            self.frame(events(nth)).map(|(cost, _)| cost)
        };
        (0..count).map(frame).collect()
    }

    /// The position of the element whose name begins with this.
    pub fn find(&mut self, name: &str) -> anyhow::Result<Pos2> {
        self.ctx.enable_accesskit();
        let (_, output) = self.frame(Vec::new())?;
        self.ctx.disable_accesskit();
        let nodes = output.platform_output.accesskit_update.map(|update| update.nodes).unwrap_or_default();
        let named = |text: Option<&str>| text.is_some_and(|text| text.starts_with(name));
        let mut fits = nodes.iter().filter(|(_, node)| named(node.label()) || named(node.placeholder()));
        let (_, node) = fits.next().with_context(|| format!("no element is called {name}"))?;
        let place = node.bounds().with_context(|| format!("{name} has a position"))?;
        Ok(pos2(((place.x0 + place.x1) / 2.0) as f32, ((place.y0 + place.y1) / 2.0) as f32))
    }

    /// Scrolls to the first editor of the page; a position in its first line. Its name is that of the heading above it.
    pub fn find_editor(&mut self) -> anyhow::Result<Pos2> {
        // The position is that of the text, whose first line may be scrolled out of sight.
        self.frames(100, |_| wheel(60.0))?;
        for _ in 0..100 {
            self.ctx.enable_accesskit();
            let (_, output) = self.frame(Vec::new())?;
            self.ctx.disable_accesskit();
            let nodes = output.platform_output.accesskit_update.map(|update| update.nodes).unwrap_or_default();
            let editor = nodes.iter().find(|(_, node)| node.role() == Role::MultilineTextInput);
            let place = editor.and_then(|(_, node)| node.bounds()).context("the page has no editor")?;
            let first_line = pos2(place.x0 as f32 + 60.0, place.y0 as f32 + 12.0);
            if first_line.y < SIZE.y - 100.0 {
                return Ok(first_line);
            }
            self.frame(wheel(-60.0))?;
            std::thread::sleep(PAUSE);
        }
        anyhow::bail!("the editor cannot be reached by scrolling")
    }

    /// The text of the first editor of the page, as a screen reader gets it.
    pub fn editor_text(&mut self) -> anyhow::Result<String> {
        self.ctx.enable_accesskit();
        let (_, output) = self.frame(Vec::new())?;
        self.ctx.disable_accesskit();
        let nodes = output.platform_output.accesskit_update.map(|update| update.nodes).unwrap_or_default();
        let editor = nodes.iter().find(|(_, node)| node.role() == Role::MultilineTextInput);
        let text = editor.and_then(|(_, node)| node.value()).context("the page has no editor with a text")?;
        Ok(text.to_owned())
    }

    /// Draws until the first editor of the page has so many lines.
    pub fn wait_for_lines(&mut self, count: usize) -> anyhow::Result<()> {
        let limit = Instant::now() + Duration::from_secs(20);
        while !self.editor_text().is_ok_and(|text| text.lines().count() >= count) {
            anyhow::ensure!(Instant::now() < limit, "the editor has no {count} lines in time");
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Opens a page with a click on its name.
    pub fn go(&mut self, page: Page) -> anyhow::Result<()> {
        let name = match page {
            Page::Nodes => "Nodes",
            Page::Balance => "Load balancing",
            Page::Connections => "Connections",
            Page::Rules => "Rules",
            Page::Subscriptions => "Subscriptions",
            Page::Activity => "Activity",
            Page::Settings => "Settings",
        };
        let place = self.find(name)?;
        self.frames(10, |nth| if nth < 2 { clicks(place, nth) } else { Vec::new() }).map(drop)
    }

    /// Draws until so many connections are listed.
    pub fn wait_for_connections(&mut self, count: usize) -> anyhow::Result<()> {
        let limit = Instant::now() + Duration::from_secs(20);
        while self.app.state().connections.rows().count() < count {
            self.frame(Vec::new())?;
            anyhow::ensure!(Instant::now() < limit, "the connections are not listed in time");
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn frame(&mut self, events: Vec<Event>) -> anyhow::Result<(Cost, FullOutput)> {
        let screen = Rect::from_min_max(Pos2::ZERO, SIZE);
        let time = Some(self.opened.elapsed().as_secs_f64());
        let input = RawInput { screen_rect: Some(screen), time, events, ..RawInput::default() };
        let (began, cpu) = (Instant::now(), cpu_time());
        let mut output = self.ctx.run_ui(input, |ui| self.app.show(ui));
        let shapes = std::mem::take(&mut output.shapes);
        let drawn = self.ctx.tessellate(shapes, output.pixels_per_point);
        let cost = Cost { took: began.elapsed(), cpu: cpu_time() - cpu };
        // Normally consumed by the renderer; egui complains if it is dropped.
        output.textures_delta.clear();
        anyhow::ensure!(!drawn.is_empty(), "a frame draws nothing");
        Ok((cost, output))
    }
}

/// The CPU time of this thread.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The elapsed time, where the CPU time is not available.
#[cfg(not(unix))]
fn cpu_time() -> Duration {
    static BEGIN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGIN.elapsed()
}

/// A turn of the mouse wheel in the middle of the page.
pub fn wheel(points: f32) -> Vec<Event> {
    let turn = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    };
    vec![Event::PointerMoved(pos2(600.0, 400.0)), turn]
}

/// A click: the button is pressed in even frames and released in odd ones.
pub fn clicks(place: Pos2, nth: usize) -> Vec<Event> {
    let pressed = nth.is_multiple_of(2);
    let button = PointerButton::Primary;
    vec![Event::PointerMoved(place), Event::PointerButton { pos: place, button, pressed, modifiers: Modifiers::NONE }]
}

/// A key press.
pub fn presses(key: Key) -> Vec<Event> {
    pressed(key, Modifiers::NONE)
}

/// A key press with Ctrl or Cmd.
pub fn with_command(key: Key) -> Vec<Event> {
    pressed(key, Modifiers::COMMAND)
}

fn pressed(key: Key, modifiers: Modifiers) -> Vec<Event> {
    let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
    vec![event(true), event(false)]
}
