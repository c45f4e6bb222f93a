//! Windows and macOS: the icon (`tray-icon`), its menu, and the event loop (`tao`) that both require on the main thread. The
//! session runs on the runtime and sends what it draws to the loop as an event.
//!
//! When the user logs off, Windows ends the loop, and the process as soon as the loop returns. The tray's session is then
//! asked to quit, and the loop waits for it as long as Windows allows.

use std::time::Duration;

use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder, EventLoopProxy};
use tao::platform::run_return::EventLoopExtRunReturn;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tray_icon::menu::MenuEvent;
use tray_icon::{TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::super::menu::MenuAction;
use super::drawn_menu::DrawnMenu;
use super::{PanelError, PanelView, QUEUED_EVENTS, TrayEvent, icon_image};

/// How long the loop waits for the tray's session at the end. Windows kills the process after five seconds
/// (`HungAppTimeout`). Restoring the desktop's proxy comes first.
const END_LIMIT: Duration = Duration::from_millis(4_500);

/// The icon and its menu.
pub struct PanelHandle(EventLoopProxy<LoopEvent>);

/// A request to the event loop.
enum LoopEvent {
    Draw(Box<PanelView>),
    Clicked(MenuEvent),
    IconClicked,
    Close,
    End,
}

/// Shows a first view and runs the session with it.
///
/// # Errors
/// The session ended without a result.
#[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum; an icon needs few of its variants")]
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
    let session = session(PanelHandle(events.create_proxy()), tray_events);
    let mut tasks = JoinSet::new();
    tasks.spawn_on(then_end(session, events.create_proxy()), runtime.handle());

    let (mut first, mut icon, mut output) = (Some(first), None, None);
    events.run_return(|event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            Event::NewEvents(StartCause::Init) => {
                icon = first.take().and_then(|first| TrayIconState::new(first, sender.clone()));
            }
            Event::UserEvent(event) => *flow = carry_out(event, &mut icon, &sender),
            // macOS: a browser's link. Other systems start the program with it.
            Event::Opened { urls } => {
                for url in urls {
                    let _told = sender.try_send(TrayEvent::Link(url.into()));
                }
            }
            Event::LoopDestroyed => {
                // The session is still running only if the user logs off.
                let _sent = sender.try_send(TrayEvent::Chosen(MenuAction::Quit));
                let ended = async { tokio::time::timeout(END_LIMIT, tasks.join_next()).await };
                output = runtime.block_on(ended).ok().flatten();
            }
            _other => {}
        }
    });
    output.and_then(Result::ok).ok_or_else(|| PanelError("the session ended without a result".into()))
}

/// Runs the session, then ends the loop.
async fn then_end<S: Future>(session: S, events: EventLoopProxy<LoopEvent>) -> S::Output {
    let output = session.await;
    // Fails if the loop has ended already.
    let _sent = events.send_event(LoopEvent::End);
    output
}

/// Carries out a request; returns whether the loop goes on.
fn carry_out(event: LoopEvent, icon: &mut Option<TrayIconState>, sender: &mpsc::Sender<TrayEvent>) -> ControlFlow {
    match event {
        LoopEvent::Draw(view) => icon.iter_mut().for_each(|icon| icon.draw(&view)),
        LoopEvent::Clicked(click) => icon.iter_mut().for_each(|icon| icon.choose(&click)),
        LoopEvent::IconClicked => drop(sender.try_send(TrayEvent::Opened)),
        LoopEvent::Close => *icon = None,
        LoopEvent::End => return ControlFlow::Exit,
    }
    ControlFlow::Wait
}

fn event_loop() -> EventLoop<LoopEvent> {
    #[cfg_attr(windows, expect(unused_mut, reason = "only macOS has an activation policy"))]
    let mut events = EventLoopBuilder::<LoopEvent>::with_user_event().build();
    // No Dock icon and no menu bar.
    #[cfg(target_os = "macos")]
    {
        use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
        events.set_activation_policy(ActivationPolicy::Accessory);
    }
    events
}

/// Forwards clicks on the icon and its menu to the loop.
fn forward_clicks(events: &EventLoop<LoopEvent>) {
    let clicks = events.create_proxy();
    MenuEvent::set_event_handler(Some(move |click| drop(clicks.send_event(LoopEvent::Clicked(click)))));
    let icon_clicks = events.create_proxy();
    TrayIconEvent::set_event_handler(Some(move |event| {
        if let TrayIconEvent::Click { .. } = event {
            drop(icon_clicks.send_event(LoopEvent::IconClicked));
        }
    }));
}

impl PanelHandle {
    /// Draws a view.
    pub async fn draw(&self, view: PanelView) {
        // Fails if the loop has ended.
        let _sent = self.0.send_event(LoopEvent::Draw(Box::new(view)));
        std::future::ready(()).await;
    }

    /// Removes the icon.
    pub async fn close(self) {
        let _sent = self.0.send_event(LoopEvent::Close);
        std::future::ready(()).await;
    }
}

/// The icon and its current view.
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
        match icon_image::first(built, first.icon).build() {
            Ok(icon) => Some(Self { icon, drawn: first, menu, sender }),
            Err(error) => {
                tracing::error!(%error, "cannot show the icon");
                None
            }
        }
    }

    fn draw(&mut self, view: &PanelView) {
        if view.icon != self.drawn.icon
            && let Err(error) = icon_image::replace(&self.icon, view.icon)
        {
            tracing::warn!(%error, "cannot change the icon");
        }
        if view.tip != self.drawn.tip
            && let Err(error) = self.icon.set_tooltip(Some(&view.tip))
        {
            tracing::warn!(%error, "cannot change the tooltip");
        }
        if view.menu != self.drawn.menu {
            if self.menu.has_shape_of(&view.menu) {
                self.menu.update(&view.menu);
            } else {
                self.menu = DrawnMenu::new(&view.menu);
                self.icon.set_menu(Some(self.menu.for_icon()));
            }
        }
        self.drawn = view.clone();
    }

    fn choose(&mut self, click: &MenuEvent) {
        if let Some(action) = self.menu.action(&click.id.0) {
            // The queue is full: further clicks are dropped.
            let _sent = self.sender.try_send(TrayEvent::Chosen(action.clone()));
        }
        // The system changes a mark on a click, which may not be the result of the action.
        self.menu.update(&self.drawn.menu);
    }
}
