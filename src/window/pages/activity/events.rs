//! Events as rows of text in the user's language; rebuilt only when the events or the filter change.

use jiff::tz::TimeZone;

use super::super::super::state::AppState;
use super::ActivityFilter;
use super::rows::{Row, Tone};
use crate::i18n::{Locale, events, units};
use crate::model::event::Subject;
use crate::model::{Event, EventKind};

/// The list of events.
#[derive(Default)]
pub(super) struct EventList {
    made_of: Option<(usize, i64, Locale)>,
    all: Vec<(Subject, Row)>,
    filtered_by: Option<ActivityFilter>,
    filtered: Vec<Row>,
}

impl EventList {
    /// The rows that match the filter.
    pub(super) fn rows(&mut self, app: &AppState, filter: &ActivityFilter) -> &[Row] {
        let key = (app.events.len(), app.events.back().map_or(0, |event| event.at), app.locale);
        if self.made_of != Some(key) {
            let zone = TimeZone::system();
            self.all = app.events.iter().map(|event| (event.kind.subject(), row(app.locale, event, &zone))).collect();
            (self.made_of, self.filtered_by) = (Some(key), None);
        }
        if self.filtered_by.as_ref() != Some(filter) {
            let text = filter.text.trim().to_lowercase();
            let passes = |(subject, row): &&(Subject, Row)| {
                filter.subject.is_none_or(|wanted| wanted == *subject) && row.has(&text)
            };
            self.filtered = self.all.iter().filter(passes).map(|(_, row)| row.clone()).collect();
            self.filtered_by = Some(filter.clone());
        }
        &self.filtered
    }
}

fn row(locale: Locale, event: &Event, zone: &TimeZone) -> Row {
    let (time, text) = (units::time(event.at, zone), events::sentence(locale, &event.kind));
    Row { time, text, tone: tone(&event.kind) }
}

fn tone(kind: &EventKind) -> Tone {
    match kind {
        EventKind::Connected { .. } | EventKind::MemberRecovered { .. } | EventKind::NetworkBack => Tone::Good,
        EventKind::Saved | EventKind::DoorServed { .. } => Tone::Good,
        EventKind::DoorUnserved { .. } => Tone::Bad,
        EventKind::MemberReady { .. } | EventKind::ListFetched { .. } => Tone::Good,
        EventKind::NotApplied { .. } | EventKind::NotSaved { .. } | EventKind::DescriptorsExhausted { .. } => Tone::Bad,
        EventKind::LoginsRefused { .. } => Tone::Bad,
        EventKind::ConnectionLimitReached { .. } | EventKind::Disconnected | EventKind::MemberExited { .. } => {
            Tone::Bad
        }
        EventKind::MemberFailed { .. } | EventKind::MemberSuspected { .. } | EventKind::MemberEjected { .. } => {
            Tone::Bad
        }
        EventKind::MemberEvicted { .. } | EventKind::PoolShort { .. } | EventKind::NetworkDown => Tone::Bad,
        EventKind::CaptivePortal { .. } | EventKind::AllNodesFail { .. } | EventKind::ProxyFailed { .. } => Tone::Bad,
        EventKind::ListNotFetched { .. } | EventKind::SubscriptionFailed { .. } => Tone::Bad,
        EventKind::FileSetAside { .. } | EventKind::ProxyLeftAlone | EventKind::PluginNotAllowed { .. } => Tone::Bad,
        EventKind::EngineStarted { .. }
        | EventKind::TookOver { .. }
        | EventKind::EngineStopping
        | EventKind::GatewayOpened { .. } => Tone::Plain,
        EventKind::GatewayClosed | EventKind::ModeChanged { .. } | EventKind::ProxySet { .. } => Tone::Plain,
        EventKind::ProxyReturned | EventKind::ProxyRepaired | EventKind::SubscriptionUpdated { .. } => Tone::Plain,
        EventKind::SubscriptionRemoved { .. } | EventKind::ChosenNodeReplaced { .. } => Tone::Plain,
        EventKind::SelectedNodeGone { .. } => Tone::Plain,
        EventKind::SettingsChanged { .. } | EventKind::Imported { .. } | EventKind::Restored { .. } => Tone::Plain,
        EventKind::NodeRemoved { .. } | EventKind::NodesRestored { .. } | EventKind::NodesChanged => Tone::Plain,
        EventKind::PageRequested { .. } | EventKind::PinEnded { .. } | EventKind::SiteTried { .. } => Tone::Plain,
    }
}
