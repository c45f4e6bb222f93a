//! Decides when a message from the backend is drawn. Pure.
//!
//! Drawing a frame costs more than everything else the window does, so one is drawn only if something visible has
//! changed. State changes are drawn at once; figures, which change all the time, twice a second. A window in the
//! background is drawn once a second, a hidden one not until it is visible again.

use std::time::Duration;

use super::BackendMessage;
use crate::model::door::DoorView;
use crate::model::snapshot::{GatewayView, MemberView};
use crate::model::{EventKind, Page, Reply, Snapshot};
use crate::window::effects::LocalOutput;

/// Time between two frames if only figures change.
const FIGURES_INTERVAL: Duration = Duration::from_millis(500);

/// Time between two frames of a window in the background.
pub(in crate::window) const BACKGROUND_INTERVAL: Duration = Duration::from_secs(1);

/// Draw once, now: a delay of zero would draw two frames, as egui does for layouts in motion.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Whether the window has the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::window) enum WindowFocus {
    /// It has the focus.
    #[default]
    Focused,
    /// Another window has it; this one may be visible.
    Background,
    /// Minimised or completely covered.
    Hidden,
}

/// What is visible of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::window) struct Visibility {
    pub(in crate::window) focus: WindowFocus,
    pub(in crate::window) page: Page,
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RedrawKind {
    /// A reply or a state: anything but figures.
    State,
    /// A list whose contents are most likely the same.
    List,
    /// Figures only.
    Figures,
}

/// How long drawing may be delayed after this message; `None` if it changes nothing visible. `before` is the previous
/// snapshot.
pub(super) fn delay(message: &BackendMessage, before: Option<&Snapshot>, visibility: Visibility) -> Option<Duration> {
    if is_page_request(message) {
        return Some(Duration::ZERO);
    }
    let kind = redraw_kind(message, before, visibility.page)?;
    match (visibility.focus, kind) {
        (WindowFocus::Focused, RedrawKind::State) => Some(Duration::ZERO),
        (WindowFocus::Focused, RedrawKind::List) => Some(AT_ONCE),
        (WindowFocus::Focused, RedrawKind::Figures) => Some(FIGURES_INTERVAL),
        (WindowFocus::Background, RedrawKind::State | RedrawKind::List | RedrawKind::Figures) => {
            Some(BACKGROUND_INTERVAL)
        }
        (WindowFocus::Hidden, RedrawKind::State | RedrawKind::List | RedrawKind::Figures) => None,
    }
}

/// Whether another process has requested the window.
fn is_page_request(message: &BackendMessage) -> bool {
    matches!(message, BackendMessage::Event(event) if matches!(event.kind, EventKind::PageRequested { .. }))
}

fn redraw_kind(message: &BackendMessage, before: Option<&Snapshot>, page: Page) -> Option<RedrawKind> {
    match message {
        BackendMessage::Snapshot { snapshot, .. } => match before {
            Some(before) => changed(before, snapshot, page),
            None => Some(RedrawKind::State),
        },
        BackendMessage::Connections(_) if page != Page::Connections => None,
        BackendMessage::Connections(_)
        | BackendMessage::Reply { result: Ok(Reply::Nodes(_)), .. }
        | BackendMessage::Local { result: Ok(LocalOutput::Log { .. }), .. } => Some(RedrawKind::List),
        BackendMessage::Connected { .. }
        | BackendMessage::Event(_)
        | BackendMessage::Reply { .. }
        | BackendMessage::Local { .. }
        | BackendMessage::Disconnected { .. } => Some(RedrawKind::State),
    }
}

/// What has changed in the part of the snapshot that the page and the header show.
fn changed(before: &Snapshot, now: &Snapshot, page: Page) -> Option<RedrawKind> {
    if without_figures(before) != without_figures(now) {
        return Some(RedrawKind::State);
    }
    let header = |snapshot: &Snapshot| (snapshot.gateway.down_rate, snapshot.gateway.up_rate);
    let is_other = match page {
        Page::Nodes => before.members != now.members,
        Page::Balance => before != now,
        Page::Connections | Page::Rules | Page::Subscriptions | Page::Activity | Page::Settings => false,
    };
    (is_other || header(before) != header(now)).then_some(RedrawKind::Figures)
}

fn without_figures(snapshot: &Snapshot) -> Snapshot {
    let GatewayView { addr, listening, shared, http, .. } = snapshot.gateway.clone();
    let member = |member: &MemberView| MemberView {
        latency_ms: None,
        first_byte_ms: None,
        round_trip_ms: None,
        retransmitted: None,
        active: 0,
        total: 0,
        failures: 0,
        up: 0,
        down: 0,
        cpu: 0.0,
        ..member.clone()
    };
    let door = |door: &DoorView| DoorView { active: 0, total: 0, up: 0, down: 0, ..door.clone() };
    Snapshot {
        doors: snapshot.doors.iter().map(door).collect(),
        gateway: GatewayView { addr, listening, shared, http, ..GatewayView::default() },
        members: snapshot.members.iter().map(member).collect(),
        ..snapshot.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::model::Event;
    use crate::model::snapshot::MemberState;

    fn snapshot(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let member = MemberView { latency_ms: Some(40), ..MemberView::example("80e7d5f04d77", "Tokyo") };
        let mut snapshot = Snapshot { active: true, connected: true, members: vec![member], ..Snapshot::example() };
        change(&mut snapshot);
        snapshot
    }

    fn delays(page: Page, change: impl FnOnce(&mut Snapshot)) -> [Option<u128>; 3] {
        let before = snapshot(|_| {});
        let message = BackendMessage::Snapshot { snapshot: Arc::new(snapshot(change)), at: Instant::now() };
        [WindowFocus::Focused, WindowFocus::Background, WindowFocus::Hidden]
            .map(|focus| delay(&message, Some(&before), Visibility { focus, page }).map(|delay| delay.as_millis()))
    }

    #[test]
    fn changes_that_are_not_shown_cause_no_redraw() {
        let (now, seldom, never) = ([Some(0), Some(1_000), None], [Some(500), Some(1_000), None], [None; 3]);
        let rate = |snapshot: &mut Snapshot| snapshot.gateway.down_rate = 7;
        let latency = |snapshot: &mut Snapshot| snapshot.members[0].latency_ms = Some(41);
        let total = |snapshot: &mut Snapshot| snapshot.gateway.total = 7;
        let state = |snapshot: &mut Snapshot| snapshot.members[0].state = MemberState::Suspect;
        for page in Page::ALL {
            let (is_nodes, is_balance) = (page == Page::Nodes, page == Page::Balance);
            assert_eq!(delays(page, |_| {}), never, "{page:?}");
            assert_eq!(delays(page, rate), seldom, "{page:?}");
            assert_eq!(delays(page, state), now, "{page:?}");
            assert_eq!(delays(page, latency), if is_nodes || is_balance { seldom } else { never }, "{page:?}");
            assert_eq!(delays(page, total), if is_balance { seldom } else { never }, "{page:?}");
        }
    }

    #[test]
    fn a_page_request_is_drawn_even_in_a_hidden_window() {
        let visibility = Visibility { focus: WindowFocus::Hidden, page: Page::Nodes };
        let event = |kind| BackendMessage::Event(Event { at: 0, kind });
        assert_eq!(
            delay(&event(EventKind::PageRequested { page: Page::Rules }), None, visibility),
            Some(Duration::ZERO)
        );
        assert_eq!(delay(&event(EventKind::NetworkDown), None, visibility), None);
    }
}
