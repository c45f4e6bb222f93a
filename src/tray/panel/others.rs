//! Windows and macOS: the icon (`tray-icon`), its menu, and the event loop (`tao`) that both want on
//! the main thread. The session runs beside it; what it draws comes to the loop as an event.
//!
//! At the end of a session of Windows the loop is told so, and the process ends when it returns: the
//! tray's session is told to end, and is waited for as long as Windows waits.

use std::time::Duration;

use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder, EventLoopProxy};
use tao::platform::run_return::EventLoopExtRunReturn;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tray_icon::menu::MenuEvent;
use tray_icon::{Icon as Pixels, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::super::icon;
use super::super::menu::MenuAction;
use super::drawn_menu::DrawnMenu;
use super::{PanelError, PanelView, QUEUED_EVENTS, TrayEvent};
use crate::i18n::connection_status::Face;
use crate::os::display;

/// How long the end of the session waits for the tray's. Windows kills after five seconds
/// (`HungAppTimeout`). The desktop's proxy is given back first.
const END_LIMIT: Duration = Duration::from_millis(4_500);

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
    let mut events = event_loop();
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

    let (mut first, mut icon, mut output) = (Some(first), None, None);
    events.run_return(|event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            Event::NewEvents(StartCause::Init) => {
                icon = first.take().and_then(|first| TrayIconState::new(first, sender.clone()));
            }
            Event::UserEvent(LoopEvent::Draw(view)) => icon.iter_mut().for_each(|icon| icon.draw(&view)),
            Event::UserEvent(LoopEvent::Clicked(click)) => icon.iter_mut().for_each(|icon| icon.choose(&click)),
            Event::UserEvent(LoopEvent::Touched) => drop(sender.try_send(TrayEvent::Opened)),
            Event::UserEvent(LoopEvent::Close) => icon = None,
            Event::UserEvent(LoopEvent::End) => *flow = ControlFlow::Exit,
            Event::LoopDestroyed => {
                // It has ended already, save at the end of the system's session.
                let _told = sender.try_send(TrayEvent::Chosen(MenuAction::Quit));
                let ended = async { tokio::time::timeout(END_LIMIT, tasks.join_next()).await };
                output = runtime.block_on(ended).ok().flatten();
            }
            _other => {}
        }
    });
    output.and_then(Result::ok).ok_or_else(|| PanelError("the session broke off".into()))
}

fn event_loop() -> EventLoop<LoopEvent> {
    #[cfg_attr(windows, expect(unused_mut, reason = "only macOS has an activation policy"))]
    let mut events = EventLoopBuilder::<LoopEvent>::with_user_event().build();
    // No entry in the Dock, and no menu bar.
    #[cfg(target_os = "macos")]
    {
        use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
        events.set_activation_policy(ActivationPolicy::Accessory);
    }
    events
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
    menu: DrawnMenu,
    sender: mpsc::Sender<TrayEvent>,
}

impl TrayIconState {
    fn new(first: PanelView, sender: mpsc::Sender<TrayEvent>) -> Option<Self> {
        let menu = DrawnMenu::new(&first.menu);
        let built = TrayIconBuilder::new().with_tooltip(&first.tip).with_menu(menu.for_icon());
        match built.with_icon(pixels(first.face)?).build() {
            Ok(icon) => Some(Self { icon, drawn: first, menu, sender }),
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
            if self.menu.has_shape_of(&view.menu) {
                self.menu.show(&view.menu);
            } else {
                self.menu = DrawnMenu::new(&view.menu);
                self.icon.set_menu(Some(self.menu.for_icon()));
            }
        }
        self.drawn = view.clone();
    }

    fn choose(&mut self, click: &MenuEvent) {
        if let Some(action) = self.menu.action(&click.id.0) {
            // Full: so many clicks wait that one more is a mistake.
            let _told = self.sender.try_send(TrayEvent::Chosen(action.clone()));
        }
        // The click has changed a mark, which may not be what follows from it.
        self.menu.show(&self.drawn.menu);
    }
}

/// The icon in the size that the panel shows, or the next larger one.
fn pixels(face: Face) -> Option<Pixels> {
    let (mut sizes, wanted) = (icon::pixels(face), display::panel_icon_side());
    let index = sizes.iter().position(|size| size.side >= wanted).unwrap_or(sizes.len() - 1);
    let size = sizes.swap_remove(index);
    Pixels::from_rgba(size.rgba, size.side, size.side).ok()
}
