//! Windows and macOS: the icon (`tray-icon`), its menu, and the event loop (`tao`) that both want on
//! the main thread. The session runs beside it; what it draws comes to the loop as an event.

use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoopBuilder, EventLoopProxy};
use tao::platform::run_return::EventLoopExtRunReturn;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{Icon as Pixels, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::super::icon;
use super::super::menu::{Action, Entry, Mark};
use super::{Felt, Picture, ScreenError, WAITING};
use crate::i18n::standing::Face;

/// The width and height of the icon that is drawn; the system makes it smaller where it has to.
const SIDE: u32 = 32;

/// The icon and its menu.
pub struct Screen(EventLoopProxy<Wish>);

/// What the loop is asked for.
enum Wish {
    Draw(Box<Picture>),
    Clicked(MenuEvent),
    Touched,
    Close,
    End,
}

/// Shows a first picture and runs the session with it.
///
/// # Errors
/// The session ended without a result.
#[expect(clippy::wildcard_enum_match_arm, reason = "the loop tells of much more than concerns an icon")]
pub fn run<S>(
    runtime: Runtime,
    first: Picture,
    session: impl FnOnce(Screen, mpsc::Receiver<Felt>) -> S,
) -> Result<S::Output, ScreenError>
where
    S: Future<Output: Send> + Send + 'static,
{
    let mut events = EventLoopBuilder::<Wish>::with_user_event().build();
    let (felt, feels) = mpsc::channel(WAITING);
    let clicks = events.create_proxy();
    MenuEvent::set_event_handler(Some(move |click| drop(clicks.send_event(Wish::Clicked(click)))));
    let touches = events.create_proxy();
    TrayIconEvent::set_event_handler(Some(move |touch| {
        if let TrayIconEvent::Click { .. } = touch {
            drop(touches.send_event(Wish::Touched));
        }
    }));

    let (session, end) = (session(Screen(events.create_proxy()), feels), events.create_proxy());
    let mut tasks = JoinSet::new();
    let task = async move {
        let output = session.await;
        // The loop has ended already: then nobody waits for this.
        let _ended = end.send_event(Wish::End);
        output
    };
    tasks.spawn_on(task, runtime.handle());

    let (mut first, mut icon) = (Some(first), None);
    events.run_return(|event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            Event::NewEvents(StartCause::Init) => icon = first.take().and_then(|first| Icon::new(first, felt.clone())),
            Event::UserEvent(Wish::Draw(picture)) => icon.iter_mut().for_each(|icon| icon.draw(&picture)),
            Event::UserEvent(Wish::Clicked(click)) => icon.iter().for_each(|icon| icon.choose(&click)),
            Event::UserEvent(Wish::Touched) => drop(felt.try_send(Felt::Opened)),
            Event::UserEvent(Wish::Close) => icon = None,
            Event::UserEvent(Wish::End) => *flow = ControlFlow::Exit,
            _other => {}
        }
    });
    let ended = runtime.block_on(tasks.join_next());
    ended.and_then(Result::ok).ok_or_else(|| ScreenError("the session broke off".into()))
}

impl Screen {
    /// Shows another picture.
    pub async fn draw(&self, picture: Picture) {
        // The loop has ended: nobody looks any more.
        let _shown = self.0.send_event(Wish::Draw(Box::new(picture)));
        std::future::ready(()).await;
    }

    /// Takes the icon away.
    pub async fn close(self) {
        let _closed = self.0.send_event(Wish::Close);
        std::future::ready(()).await;
    }
}

/// The icon, and what is drawn of it.
struct Icon {
    icon: TrayIcon,
    drawn: Picture,
    actions: Vec<Action>,
    felt: mpsc::Sender<Felt>,
}

impl Icon {
    fn new(first: Picture, felt: mpsc::Sender<Felt>) -> Option<Self> {
        let mut actions = Vec::new();
        let menu = menu(&first.menu.0, &mut actions);
        let built = TrayIconBuilder::new().with_tooltip(&first.tip).with_menu(Box::new(menu));
        match built.with_icon(pixels(first.face)?).build() {
            Ok(icon) => Some(Self { icon, drawn: first, actions, felt }),
            Err(error) => {
                tracing::error!(%error, "the icon cannot be shown");
                None
            }
        }
    }

    fn draw(&mut self, picture: &Picture) {
        if picture.face != self.drawn.face
            && let Err(error) = self.icon.set_icon(pixels(picture.face))
        {
            tracing::warn!(%error, "the icon cannot be changed");
        }
        if picture.tip != self.drawn.tip
            && let Err(error) = self.icon.set_tooltip(Some(&picture.tip))
        {
            tracing::warn!(%error, "the tooltip cannot be changed");
        }
        if picture.menu != self.drawn.menu {
            self.actions.clear();
            self.icon.set_menu(Some(Box::new(menu(&picture.menu.0, &mut self.actions))));
        }
        self.drawn = picture.clone();
    }

    fn choose(&self, click: &MenuEvent) {
        let action = click.id.0.parse().ok().and_then(|place: usize| self.actions.get(place));
        if let Some(action) = action {
            // Full: so many clicks wait that one more is a mistake.
            let _told = self.felt.try_send(Felt::Chosen(action.clone()));
        }
    }
}

/// The menu; an entry's id is the place of its action.
fn menu(entries: &[Entry], actions: &mut Vec<Action>) -> Menu {
    let menu = Menu::new();
    for entry in entries {
        // Each is new and belongs to no other menu yet, which is all that can go wrong.
        let _added = menu.append(&*item(entry, actions));
    }
    menu
}

fn item(entry: &Entry, actions: &mut Vec<Action>) -> Box<dyn IsMenuItem> {
    match entry {
        Entry::Line => Box::new(PredefinedMenuItem::separator()),
        Entry::Submenu { label, entries } => {
            let submenu = Submenu::new(plain(label), true);
            for entry in entries {
                let _added = submenu.append(&*item(entry, actions));
            }
            Box::new(submenu)
        }
        Entry::Item { label, mark, action } => {
            let id = actions.len().to_string();
            actions.extend(action.clone());
            // Who has no action gets the next one's id, and cannot be clicked.
            let is_enabled = action.is_some();
            match mark {
                None => Box::new(MenuItem::with_id(id, plain(label), is_enabled, None)),
                Some(mark) => Box::new(CheckMenuItem::with_id(id, plain(label), is_enabled, *mark == Mark::Set, None)),
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
