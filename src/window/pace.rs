//! When the window is drawn for what was heard. Pure.
//!
//! A frame costs more than all else the window does, so that one is drawn only where something that is shown
//! has changed. States show at once; figures, which move all the time, twice a second. A window behind others
//! follows once a second, and one that nobody can see not at all until it is seen again.

use std::time::Duration;

use super::door::News;
use super::out::Brought;
use crate::model::snapshot::{GatewayView, MemberView};
use crate::model::{EventKind, Page, Reply, Snapshot};

/// Between two frames for figures alone.
const FIGURES: Duration = Duration::from_millis(500);

/// Between two frames of a window that others stand before.
pub(super) const BEHIND: Duration = Duration::from_secs(1);

/// At once, and once: for no wait at all two frames are drawn, as layouts that move need.
const ONCE: Duration = Duration::from_millis(1);

/// How well the window can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sight {
    /// A person works with it.
    #[default]
    InFront,
    /// They work with another one, and may see this one.
    Behind,
    /// It is minimised, or others cover it.
    Hidden,
}

/// What a person sees of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gaze {
    pub(super) sight: Sight,
    pub(super) page: Page,
}

/// What there is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// What a person waits for, or more than figures.
    State,
    /// A list, as long as before in all likelihood.
    List,
    /// Figures.
    Figures,
}

/// How long drawing may wait for what was heard; none where it need not be drawn. `before` is the snapshot
/// before it.
pub(super) fn wait(news: &News, before: Option<&Snapshot>, gaze: Gaze) -> Option<Duration> {
    if is_call(news) {
        return Some(Duration::ZERO);
    }
    let change = change(news, before, gaze.page)?;
    match (gaze.sight, change) {
        (Sight::InFront, Change::State) => Some(Duration::ZERO),
        (Sight::InFront, Change::List) => Some(ONCE),
        (Sight::InFront, Change::Figures) => Some(FIGURES),
        (Sight::Behind, Change::State | Change::List | Change::Figures) => Some(BEHIND),
        (Sight::Hidden, Change::State | Change::List | Change::Figures) => None,
    }
}

/// Whether somebody asks for the window.
fn is_call(news: &News) -> bool {
    matches!(news, News::Event(event) if matches!(event.kind, EventKind::PageAsked { .. }))
}

fn change(news: &News, before: Option<&Snapshot>, page: Page) -> Option<Change> {
    match news {
        News::Snapshot { snapshot, .. } => match before {
            Some(before) => changed(before, snapshot, page),
            None => Some(Change::State),
        },
        News::Answer { result: Ok(Reply::Nodes(_)), .. } => Some(Change::List),
        News::Brought { result: Ok(Brought::Log { .. }), .. } => Some(Change::List),
        News::Joined { .. } | News::Event(_) | News::Answer { .. } | News::Brought { .. } | News::Lost { .. } => {
            Some(Change::State)
        }
    }
}

/// What has changed of that which a page, and the strip above it, show of a snapshot.
fn changed(before: &Snapshot, now: &Snapshot, page: Page) -> Option<Change> {
    if without_figures(before) != without_figures(now) {
        return Some(Change::State);
    }
    let strip = |snapshot: &Snapshot| (snapshot.gateway.down_rate, snapshot.gateway.up_rate);
    let is_other = match page {
        Page::Nodes => before.members != now.members,
        Page::Balance => before != now,
        Page::Rules | Page::Subscriptions | Page::Activity | Page::Settings => false,
    };
    (is_other || strip(before) != strip(now)).then_some(Change::Figures)
}

fn without_figures(snapshot: &Snapshot) -> Snapshot {
    let GatewayView { addr, listening, shared, http, .. } = snapshot.gateway.clone();
    let member = |member: &MemberView| MemberView {
        latency_ms: None,
        first_byte_ms: None,
        active: 0,
        total: 0,
        failures: 0,
        up: 0,
        down: 0,
        cpu: 0.0,
        ..member.clone()
    };
    Snapshot {
        gateway: GatewayView { addr, listening, shared, http, ..GatewayView::default() },
        members: snapshot.members.iter().map(member).collect(),
        ..snapshot.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::model::Event;
    use crate::model::settings::{Mode, Strategy};
    use crate::model::snapshot::{ClusterView, HealthView, MemberState, Network};

    fn snapshot(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
        let member = MemberView { latency_ms: Some(40), ..MemberView::example("80e7d5f04d77", "Tokyo") };
        let mut snapshot = Snapshot {
            version: String::new(),
            mode: Mode::Manual,
            active: true,
            connected: true,
            cluster: ClusterView { on: true, group: String::new(), size: 1, strategy: Strategy::Sticky },
            gateway: GatewayView::default(),
            members: vec![member],
            nodes: 1,
            health: HealthView { network: Network::Up },
            fetches: Vec::new(),
        };
        change(&mut snapshot);
        snapshot
    }

    fn waits(page: Page, change: impl FnOnce(&mut Snapshot)) -> [Option<u128>; 3] {
        let before = snapshot(|_| {});
        let news = News::Snapshot { snapshot: Box::new(snapshot(change)), at: Instant::now() };
        [Sight::InFront, Sight::Behind, Sight::Hidden]
            .map(|sight| wait(&news, Some(&before), Gaze { sight, page }).map(|wait| wait.as_millis()))
    }

    #[test]
    fn what_is_not_shown_is_not_drawn() {
        let (now, seldom, never) = ([Some(0), Some(1_000), None], [Some(500), Some(1_000), None], [None; 3]);
        let rate = |snapshot: &mut Snapshot| snapshot.gateway.down_rate = 7;
        let latency = |snapshot: &mut Snapshot| snapshot.members[0].latency_ms = Some(41);
        let total = |snapshot: &mut Snapshot| snapshot.gateway.total = 7;
        let state = |snapshot: &mut Snapshot| snapshot.members[0].state = MemberState::Suspect;
        for page in Page::ALL {
            let (is_nodes, is_balance) = (page == Page::Nodes, page == Page::Balance);
            assert_eq!(waits(page, |_| {}), never, "{page:?}");
            assert_eq!(waits(page, rate), seldom, "{page:?}");
            assert_eq!(waits(page, state), now, "{page:?}");
            assert_eq!(waits(page, latency), if is_nodes || is_balance { seldom } else { never }, "{page:?}");
            assert_eq!(waits(page, total), if is_balance { seldom } else { never }, "{page:?}");
        }
    }

    #[test]
    fn a_window_that_is_called_comes_from_wherever_it_is() {
        let gaze = Gaze { sight: Sight::Hidden, page: Page::Nodes };
        let event = |kind| News::Event(Event { at: 0, kind });
        assert_eq!(wait(&event(EventKind::PageAsked { page: Page::Rules }), None, gaze), Some(Duration::ZERO));
        assert_eq!(wait(&event(EventKind::NetworkDown), None, gaze), None);
    }
}
