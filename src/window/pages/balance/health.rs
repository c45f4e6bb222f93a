//! The health check settings: URLs, statuses, times. A draft that is applied as a whole.

use eframe::egui::{TextEdit, Ui, vec2};

use super::super::super::effects::{Effects, RequestResult, Ticket};
use super::super::super::parts::{self, Draft, DraftAction};
use super::super::super::state::AppState;
use crate::i18n::{Locale, tr};
use crate::model::Command;
use crate::model::settings::Health;

/// The health check section.
#[derive(Default)]
pub(super) struct HealthChecks {
    draft: Draft<HealthDraft>,
}

/// The text fields.
#[derive(Clone, Debug, PartialEq)]
struct HealthDraft {
    urls: String,
    direct_urls: String,
    transfer_url: String,
    statuses: String,
    schedule: String,
    limit: String,
    transfer_bytes: String,
}

/// A field with an invalid value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HealthField {
    Urls,
    DirectUrls,
    TransferUrl,
    Statuses,
    Schedule,
    Limit,
    TransferBytes,
}

impl HealthChecks {
    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(settings) = app.settings() else { return };
        let locale = app.locale;
        let title = tr!(locale, "balance-health");
        parts::section(ui, &title, |ui| {
            parts::weak(ui, tr!(locale, "balance-health-text"));
            let typed = self.draft.over(&HealthDraft::of(&settings.health));
            let read = typed.read();
            let wrong = read.as_ref().err().cloned().unwrap_or_default();
            fields(ui, locale, typed, &wrong);
            match (self.draft.foot(ui, locale, &title, &wrong), read) {
                (Some(DraftAction::Apply), Ok(health)) => self.draft.send(apply(&health), effects),
                (Some(DraftAction::Discard), _) => self.draft.discard(),
                (Some(DraftAction::Apply), Err(_)) | (None, _) => {}
            }
        });
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) {
        if let Some(Ok(_)) = self.draft.on_reply(ticket, result) {
            self.draft.settle();
        }
    }
}

fn fields(ui: &mut Ui, locale: Locale, typed: &mut HealthDraft, wrong: &[HealthField]) {
    let pages = tr!(locale, "balance-input-pages");
    let mut lines = |label: String, text: &mut String, field: HealthField| {
        parts::row(ui, &label, wrong.contains(&field).then_some(pages.as_str()), |ui| {
            let rows = text.lines().count().clamp(2, 6);
            let edit = TextEdit::multiline(text).desired_rows(rows).margin(vec2(8.0, 5.0));
            ui.add(edit.desired_width((ui.available_width() - 16.0).min(440.0)));
        });
    };
    lines(tr!(locale, "balance-urls"), &mut typed.urls, HealthField::Urls);
    lines(tr!(locale, "balance-direct-urls"), &mut typed.direct_urls, HealthField::DirectUrls);
    lines(tr!(locale, "balance-transfer-url"), &mut typed.transfer_url, HealthField::TransferUrl);
    let mut line = |label: String, text: &mut String, width: f32, field: HealthField, wanted: String| {
        let wanted = wrong.contains(&field).then_some(wanted.as_str());
        parts::Field::new(&label, text).width(width).wrong(wanted).show(ui);
    };
    let (label, wanted) = (tr!(locale, "balance-statuses"), tr!(locale, "balance-input-statuses"));
    line(label, &mut typed.statuses, 280.0, HealthField::Statuses, wanted);
    let (label, wanted) = (tr!(locale, "balance-schedule"), tr!(locale, "balance-input-schedule"));
    line(label, &mut typed.schedule, 280.0, HealthField::Schedule, wanted);
    let (label, wanted) = (tr!(locale, "balance-limit"), tr!(locale, "balance-input-limit"));
    line(label, &mut typed.limit, 88.0, HealthField::Limit, wanted);
    let (label, wanted) = (tr!(locale, "balance-transfer-bytes"), tr!(locale, "balance-input-transfer-bytes"));
    line(label, &mut typed.transfer_bytes, 120.0, HealthField::TransferBytes, wanted);
}

fn apply(health: &Health) -> Command {
    let json = |value: serde_json::Result<String>| value.expect("these are plain JSON");
    let changes = [
        ("health.urls", json(serde_json::to_string(&health.urls))),
        ("health.direct_urls", json(serde_json::to_string(&health.direct_urls))),
        ("health.statuses", json(serde_json::to_string(&health.statuses))),
        ("health.schedule", json(serde_json::to_string(&health.schedule))),
        ("health.limit_s", health.limit_s.to_string()),
        ("health.transfer_url", health.transfer_url.clone()),
        ("health.transfer_bytes", health.transfer_bytes.to_string()),
    ];
    Command::Set { changes: changes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() }
}

impl HealthDraft {
    fn of(health: &Health) -> Self {
        Self {
            urls: health.urls.join("\n"),
            direct_urls: health.direct_urls.join("\n"),
            transfer_url: health.transfer_url.clone(),
            transfer_bytes: health.transfer_bytes.to_string(),
            statuses: listed(&health.statuses),
            schedule: listed(&health.schedule),
            limit: health.limit_s.to_string(),
        }
    }

    /// The settings described by the fields, or the invalid fields.
    fn read(&self) -> Result<Health, Vec<HealthField>> {
        let (urls, direct_urls) = (pages(&self.urls), pages(&self.direct_urls));
        let statuses = numbers(&self.statuses, 100..=599);
        let schedule = numbers(&self.schedule, 1..=86_400);
        let limit = self.limit.trim().parse().ok().filter(|seconds| (1..=120).contains(seconds));
        let transfer_url = pages(&self.transfer_url).and_then(|urls| <[String; 1]>::try_from(urls).ok());
        let bytes = self.transfer_bytes.trim().parse().ok().filter(|bytes| (0..=1 << 20).contains(bytes));
        match (urls, direct_urls, statuses, schedule, limit, transfer_url, bytes) {
            (
                Some(urls),
                Some(direct_urls),
                Some(statuses),
                Some(schedule),
                Some(limit_s),
                Some([transfer_url]),
                Some(transfer_bytes),
            ) => {
                let statuses = statuses.into_iter().filter_map(|status| u16::try_from(status).ok()).collect();
                Ok(Health { urls, statuses, limit_s, schedule, transfer_bytes, transfer_url, direct_urls })
            }
            (urls, direct_urls, statuses, schedule, limit, transfer_url, bytes) => {
                let fields = [
                    (urls.is_none(), HealthField::Urls),
                    (direct_urls.is_none(), HealthField::DirectUrls),
                    (transfer_url.is_none(), HealthField::TransferUrl),
                    (statuses.is_none(), HealthField::Statuses),
                    (schedule.is_none(), HealthField::Schedule),
                    (limit.is_none(), HealthField::Limit),
                    (bytes.is_none(), HealthField::TransferBytes),
                ];
                Err(fields.into_iter().filter_map(|(is_wrong, field)| is_wrong.then_some(field)).collect())
            }
        }
    }
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Splits URLs, one per line.
fn pages(text: &str) -> Option<Vec<String>> {
    let is_page = |text: &str| text.parse::<url::Url>().is_ok_and(|url| url.scheme() == "http" && url.has_host());
    let lines: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
    (!lines.is_empty() && lines.iter().all(|line| is_page(line))).then_some(lines)
}

/// Splits numbers within bounds, separated by any other characters.
fn numbers(text: &str, bounds: std::ops::RangeInclusive<u64>) -> Option<Vec<u64>> {
    let words = text.split([',', ' ', ';', '，', '、', '\n']).filter(|word| !word.is_empty());
    let numbers: Option<Vec<u64>> =
        words.map(|word| word.parse().ok().filter(|number| bounds.contains(number))).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_becomes_settings_or_names_the_invalid_fields() {
        let health = Health::default();
        let typed = HealthDraft::of(&health);
        assert_eq!(typed.read(), Ok(health));
        let typed = HealthDraft { statuses: "200、 204;301".into(), schedule: "7".into(), ..typed };
        let read = typed.read().unwrap();
        assert_eq!((read.statuses, read.schedule), (vec![200, 204, 301], vec![7]));
        let wrong = HealthDraft {
            urls: "https://a.example/".into(),
            direct_urls: "\n".into(),
            transfer_url: "http://a.example/ http://b.example/".into(),
            statuses: "20".into(),
            schedule: "soon".into(),
            limit: "0".into(),
            transfer_bytes: "-1".into(),
        };
        let all = [
            HealthField::Urls,
            HealthField::DirectUrls,
            HealthField::TransferUrl,
            HealthField::Statuses,
            HealthField::Schedule,
            HealthField::Limit,
            HealthField::TransferBytes,
        ];
        assert_eq!(wrong.read(), Err(all.to_vec()));
    }
}
