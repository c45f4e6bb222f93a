//! Windows and macOS: the icon (`tray-icon`), its menu, and the event loop (`tao`) that both want on
//! the main thread. The session runs beside it; what it draws comes to the loop as an event.

use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder, EventLoopProxy};
use tao::platform::run_return::EventLoopExtRunReturn;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{Icon as Pixels, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::super::icon;
use super::super::menu::{ItemMark, MenuAction, MenuEntry};
use super::{PanelError, PanelView, QUEUED_EVENTS, TrayEvent};
use crate::i18n::standing::Face;

/// The width and height of the icon that is drawn; the system makes it smaller where it has to.
const SIDE: u32 = 32;

/// The icon and its menu.
pub struct PanelHandle(EventLoopProxy<LoopEvent>);

/// What the loop is asked for.
enum LoopEvent {
    Draw(Box<PanelView>),
    Clicked(MenuEvent),
    Touched,
    Close,
    End,
}

/// Shows a first view and runs the session with it.
///
/// # Errors
/// The session ended without a result.
#[expect(clippy::wildcard_enum_match_arm, reason = "the loop tells of much more than concerns an icon")]
pub fn run<S>(
    runtime: Runtime,
    first: PanelView,
    session: impl FnOnce(PanelHandle, mpsc::Receiver<TrayEvent>) -> S,
) -> Result<S::Output, PanelError>
where
    S: Future<Output: Send> + Send + 'static,
{
    let mut events = EventLoopBuilder::<LoopEvent>::with_user_event().build();
    forward_clicks(&events);
    let (sender, tray_events) = mpsc::channel(QUEUED_EVENTS);
    let (session, end) = (session(PanelHandle(events.create_proxy()), tray_events), events.create_proxy());
    let mut tasks = JoinSet::new();
    let task = async move {
        let output = session.await;
        // The loop has ended already: then nobody waits for this.
        let _ended = end.send_event(LoopEvent::End);
        output
    };
    tasks.spawn_on(task, runtime.handle());

    let (mut first, mut icon) = (Some(first), None);
    events.run_return(|event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            Event::NewEvents(StartCause::Init) => {
                icon = first.take().and_then(|first| TrayIconState::new(first, sender.clone()));
            }
            Event::UserEvent(LoopEvent::Draw(view)) => icon.iter_mut().for_each(|icon| icon.draw(&view)),
            Event::UserEvent(LoopEvent::Clicked(click)) => icon.iter().for_each(|icon| icon.choose(&click)),
            Event::UserEvent(LoopEvent::Touched) => drop(sender.try_send(TrayEvent::Opened)),
            Event::UserEvent(LoopEvent::Close) => icon = None,
            Event::UserEvent(LoopEvent::End) => *flow = ControlFlow::Exit,
            _other => {}
        }
    });
    let ended = runtime.block_on(tasks.join_next());
    ended.and_then(Result::ok).ok_or_else(|| PanelError("the session broke off".into()))
}

/// Has clicks on the icon and its menu come to the loop.
fn forward_clicks(events: &EventLoop<LoopEvent>) {
    let clicks = events.create_proxy();
    MenuEvent::set_event_handler(Some(move |click| drop(clicks.send_event(LoopEvent::Clicked(click)))));
    let touches = events.create_proxy();
    TrayIconEvent::set_event_handler(Some(move |touch| {
        if let TrayIconEvent::Click { .. } = touch {
            drop(touches.send_event(LoopEvent::Touched));
        }
    }));
}

impl PanelHandle {
    /// Shows another view.
    pub async fn draw(&self, view: PanelView) {
        // The loop has ended: nobody looks any more.
        let _shown = self.0.send_event(LoopEvent::Draw(Box::new(view)));
        std::future::ready(()).await;
    }

    /// Takes the icon away.
    pub async fn close(self) {
        let _closed = self.0.send_event(LoopEvent::Close);
        std::future::ready(()).await;
    }
}

/// The icon, and what is drawn of it.
struct TrayIconState {
    icon: TrayIcon,
    drawn: PanelView,
    actions: Vec<MenuAction>,
    sender: mpsc::Sender<TrayEvent>,
}

impl TrayIconState {
    fn new(first: PanelView, sender: mpsc::Sender<TrayEvent>) -> Option<Self> {
        let mut actions = Vec::new();
        let menu = menu(&first.menu.0, &mut actions);
        let built = TrayIconBuilder::new().with_tooltip(&first.tip).with_menu(Box::new(menu));
        match built.with_icon(pixels(first.face)?).build() {
            Ok(icon) => Some(Self { icon, drawn: first, actions, sender }),
            Err(error) => {
                tracing::error!(%error, "the icon cannot be shown");
                None
            }
        }
    }

    fn draw(&mut self, view: &PanelView) {
        if view.face != self.drawn.face
            && let Err(error) = self.icon.set_icon(pixels(view.face))
        {
            tracing::warn!(%error, "the icon cannot be changed");
        }
        if view.tip != self.drawn.tip
            && let Err(error) = self.icon.set_tooltip(Some(&view.tip))
        {
            tracing::warn!(%error, "the tooltip cannot be changed");
        }
        if view.menu != self.drawn.menu {
            self.actions.clear();
            self.icon.set_menu(Some(Box::new(menu(&view.menu.0, &mut self.actions))));
        }
        self.drawn = view.clone();
    }

    fn choose(&self, click: &MenuEvent) {
        let action = click.id.0.parse().ok().and_then(|place: usize| self.actions.get(place));
        if let Some(action) = action {
            // Full: so many clicks wait that one more is a mistake.
            let _told = self.sender.try_send(TrayEvent::Chosen(action.clone()));
        }
    }
}

/// The menu; an entry's id is the place of its action.
fn menu(entries: &[MenuEntry], actions: &mut Vec<MenuAction>) -> Menu {
    let menu = Menu::new();
    for entry in entries {
        // Each is new and belongs to no other menu yet, which is all that can go wrong.
        let _added = menu.append(&*item(entry, actions));
    }
    menu
}

fn item(entry: &MenuEntry, actions: &mut Vec<MenuAction>) -> Box<dyn IsMenuItem> {
    match entry {
        MenuEntry::Separator => Box::new(PredefinedMenuItem::separator()),
        MenuEntry::Submenu { label, entries } => {
            let submenu = Submenu::new(plain(label), true);
            for entry in entries {
                let _added = submenu.append(&*item(entry, actions));
            }
            Box::new(submenu)
        }
        MenuEntry::Item { label, mark, action } => {
            let id = actions.len().to_string();
            actions.extend(action.clone());
            // Who has no action gets the next one's id, and cannot be clicked.
            let is_enabled = action.is_some();
            match mark {
                None => Box::new(MenuItem::with_id(id, plain(label), is_enabled, None)),
                Some(mark) => {
                    Box::new(CheckMenuItem::with_id(id, plain(label), is_enabled, *mark == ItemMark::Set, None))
                }
            }
        }
    }
}

/// An ampersand would mark the letter behind it as a key.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

fn pixels(face: Face) -> Option<Pixels> {
    let size = icon::pixels(face).into_iter().find(|size| size.side == SIDE)?;
    Pixels::from_rgba(size.rgba, SIDE, SIDE).ok()
}
