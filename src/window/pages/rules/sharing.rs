//! Sharing the port: with this computer only, or with the network, with a login; a second port for programs that only
//! support HTTP; and the address for other devices, as text and QR code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use eframe::egui::{RichText, Ui};

use super::super::super::effects::{Effects, RequestResult, Ticket};
use super::super::super::parts::{self, Draft, DraftAction};
use super::super::super::state::AppState;
use super::super::super::theme::Palette;
use crate::i18n::{Locale, tr};
use crate::model::settings::{Gateway, Mode};
use crate::model::{Command, Kind, Login, Node, Secret, link};

/// The sharing section.
#[derive(Default)]
pub(super) struct Sharing {
    draft: Draft<SharingDraft>,
    reveals: bool,
    /// The password that was applied here: the engine does not reveal it, and the QR code is more useful with it.
    password: Option<Secret>,
    shown: Option<String>,
}

/// The text fields.
#[derive(Clone, Debug, PartialEq)]
struct SharingDraft {
    ip: IpAddr,
    port: String,
    http: bool,
    http_port: String,
    asks: bool,
    user: String,
    /// Empty to keep the current password.
    password: Secret,
}

/// An error in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SharingError {
    Port,
    HttpPort,
    Login,
    /// Open to the network without a login.
    Open,
}

impl Sharing {
    pub(super) fn show(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(settings) = app.settings() else { return };
        let locale = app.locale;
        let title = tr!(locale, "sharing-title");
        parts::section(ui, &title, |ui| {
            parts::weak(ui, tr!(locale, "sharing-text"));
            let current = SharingDraft::of(&settings.gateway);
            let typed = self.draft.over(&current);
            let wrong = typed.wrong(&current);
            address(ui, app, typed, &wrong);
            login(ui, locale, typed, &wrong, &current, &mut self.reveals);
            let typed = typed.clone();
            match self.draft.foot(ui, locale, &title, &wrong) {
                Some(DraftAction::Apply) => self.draft.send(typed.apply(), effects),
                Some(DraftAction::Discard) => self.draft.discard(),
                None => {}
            }
            self.addresses(ui, app, effects);
        });
    }

    pub(super) fn on_reply(&mut self, ticket: Ticket, result: &RequestResult) {
        if let Some(Ok(_)) = self.draft.on_reply(ticket, result) {
            if let Some(typed) = self.draft.typed() {
                let password = std::mem::take(&mut typed.password);
                if !typed.asks {
                    self.password = None;
                } else if !password.is_empty() {
                    self.password = Some(password);
                }
            }
            self.draft.settle();
        }
    }

    /// The addresses at which other devices reach the port.
    fn addresses(&mut self, ui: &mut Ui, app: &AppState, effects: &mut Effects) {
        let Some(snapshot) = app.snapshot() else { return };
        let locale = app.locale;
        let http = snapshot.gateway.http.as_ref().map(|http| http.shared.as_slice()).unwrap_or_default();
        if snapshot.gateway.shared.is_empty() && http.is_empty() {
            return;
        }
        ui.separator();
        parts::weak(ui, tr!(locale, "sharing-addresses"));
        for address in &snapshot.gateway.shared {
            self.address(ui, locale, "SOCKS5, HTTP", address, &self.link(app, address), effects);
            if snapshot.mode == Mode::Pac {
                let script = format!("http://{address}/proxy.pac");
                self.address(ui, locale, "PAC", &script, &script, effects);
            }
        }
        for address in http {
            self.address(ui, locale, "HTTP", address, address, effects);
        }
    }

    fn address(&mut self, ui: &mut Ui, locale: Locale, kind: &str, address: &str, code: &str, effects: &mut Effects) {
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            ui.scope(|ui| {
                ui.set_min_width(104.0);
                ui.set_max_width(104.0);
                parts::truncated(ui, RichText::new(kind).color(Palette::of(ui).weak));
            });
            ui.monospace(address);
            if ui.button(tr!(locale, "window-copy")).clicked() {
                effects.copy(address);
            }
            let is_shown = self.shown.as_deref() == Some(code);
            let word = if is_shown { tr!(locale, "sharing-hide-code") } else { tr!(locale, "sharing-show-code") };
            if ui.button(word).clicked() {
                self.shown = (!is_shown).then(|| code.to_owned());
            }
        });
        if self.shown.as_deref() == Some(code) {
            parts::code(ui, code, 200.0, &tr!(locale, "sharing-code", address = address));
        }
    }

    /// A proxy URL as other programs read it, with the login if it is known here.
    fn link(&self, app: &AppState, address: &str) -> String {
        let Ok(addr) = address.parse::<SocketAddr>() else { return address.to_owned() };
        let set = app.settings().as_ref().and_then(|settings| settings.gateway.login.as_ref());
        let login = set.zip(self.password.as_ref());
        let login = login.map(|(set, password)| Login { user: set.user.clone(), password: password.clone() });
        link::print(&Node::new("Sluice", addr.ip().to_string(), addr.port(), Kind::Socks5 { login }))
    }
}

fn address(ui: &mut Ui, app: &AppState, typed: &mut SharingDraft, wrong: &[SharingError]) {
    let locale = app.locale;
    let mut all = vec![
        (IpAddr::from(Ipv4Addr::LOCALHOST), tr!(locale, "sharing-here")),
        (IpAddr::from(Ipv4Addr::UNSPECIFIED), tr!(locale, "sharing-network")),
    ];
    if !all.iter().any(|(ip, _)| *ip == typed.ip) {
        all.push((typed.ip, typed.ip.to_string()));
    }
    if let Some(ip) = parts::choice(ui, &tr!(locale, "sharing-who"), &typed.ip, &all) {
        typed.ip = ip;
        typed.asks |= !ip.is_loopback();
    }
    let wanted = super::want_port(app);
    let label = tr!(locale, "sharing-port");
    parts::Field::new(&label, &mut typed.port)
        .width(88.0)
        .wrong(wrong.contains(&SharingError::Port).then_some(&wanted))
        .show(ui);
    let label = tr!(locale, "sharing-http");
    parts::row(ui, &label, None, |ui| {
        if parts::switch(ui, typed.http, &label).clicked() {
            typed.http = !typed.http;
        }
        parts::weak(ui, tr!(locale, "sharing-http-text"));
    });
    if typed.http {
        let wanted = tr!(locale, "input-other-port");
        let label = tr!(locale, "sharing-http-port");
        parts::Field::new(&label, &mut typed.http_port)
            .width(88.0)
            .wrong(wrong.contains(&SharingError::HttpPort).then_some(&wanted))
            .show(ui);
    }
}

fn login(
    ui: &mut Ui,
    locale: Locale,
    typed: &mut SharingDraft,
    wrong: &[SharingError],
    current: &SharingDraft,
    reveals: &mut bool,
) {
    let label = tr!(locale, "sharing-login");
    let wanted = tr!(locale, "sharing-input-login");
    parts::row(ui, &label, wrong.contains(&SharingError::Open).then_some(&wanted), |ui| {
        if parts::switch(ui, typed.asks, &label).clicked() {
            typed.asks = !typed.asks;
        }
        parts::weak(ui, tr!(locale, "sharing-login-text"));
    });
    if !typed.asks {
        return;
    }
    let label = tr!(locale, "sharing-user");
    parts::Field::new(&label, &mut typed.user).width(200.0).show(ui);
    let wanted = tr!(locale, "sharing-input-password");
    let (label, hint) = (tr!(locale, "sharing-password"), tr!(locale, "sharing-unchanged"));
    let mut password = zeroize::Zeroizing::new(typed.password.expose().to_owned());
    let mut field = parts::Field::new(&label, &mut password)
        .width(200.0)
        .wrong(wrong.contains(&SharingError::Login).then_some(&wanted));
    if current.asks {
        field = field.hint(&hint);
    }
    let field = if *reveals { field } else { field.secret() };
    field.show_with(ui, |ui| drop(parts::check(ui, reveals, &tr!(locale, "sharing-reveal"))));
    if password.as_str() != typed.password.expose() {
        typed.password = Secret::from(password.as_str());
    }
}

impl SharingDraft {
    fn of(gateway: &Gateway) -> Self {
        let login = gateway.login.as_ref();
        let http_port = gateway.http_listen.map_or_else(|| "8118".to_owned(), |addr| addr.port().to_string());
        Self {
            ip: gateway.listen.ip(),
            port: gateway.listen.port().to_string(),
            http: gateway.http_listen.is_some(),
            http_port,
            asks: login.is_some(),
            user: login.map(|login| login.user.clone()).unwrap_or_default(),
            password: Secret::default(),
        }
    }

    fn wrong(&self, current: &Self) -> Vec<SharingError> {
        let fits = |text: &str| (1..=255).contains(&text.len());
        let stays = current.asks && self.user == current.user;
        let has_login = fits(&self.user) && (fits(self.password.expose()) || (self.password.is_empty() && stays));
        let port = self.port.trim().parse::<u16>();
        let http = self.http_port.trim().parse::<u16>();
        let all = [
            (port.is_err(), SharingError::Port),
            (self.http && (http.is_err() || (http == port && http != Ok(0))), SharingError::HttpPort),
            (self.asks && !has_login, SharingError::Login),
            (!self.asks && !self.ip.is_loopback(), SharingError::Open),
        ];
        all.into_iter().filter_map(|(is_so, wrong)| is_so.then_some(wrong)).collect()
    }

    /// The command that applies all fields together. The login is included only if it has changed.
    fn apply(&self) -> Command {
        let at = |port: &str| SocketAddr::new(self.ip, port.trim().parse().unwrap_or_default()).to_string();
        let http = if self.http { at(&self.http_port) } else { "null".to_owned() };
        let mut changes = vec![("gateway.listen", at(&self.port)), ("gateway.http_listen", http)];
        if !self.asks {
            changes.push(("gateway.login", "null".to_owned()));
        } else if !self.password.is_empty() {
            let login = Login { user: self.user.clone(), password: self.password.clone() };
            changes.push(("gateway.login", serde_json::to_string(&login).expect("a login is plain JSON")));
        }
        Command::Set { changes: changes.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(change: impl FnOnce(&mut SharingDraft)) -> (SharingDraft, SharingDraft) {
        let current = SharingDraft::of(&Gateway::default());
        let mut typed = current.clone();
        change(&mut typed);
        (typed, current)
    }

    fn wrong(change: impl FnOnce(&mut SharingDraft)) -> Vec<SharingError> {
        let (typed, current) = typed(change);
        typed.wrong(&current)
    }

    #[test]
    fn sharing_requires_a_login() {
        let everywhere = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        assert_eq!(wrong(|typed| typed.ip = everywhere), [SharingError::Open]);
        assert_eq!(
            wrong(|typed| (typed.ip, typed.asks, typed.user) = (everywhere, true, "me".into())),
            [SharingError::Login]
        );
        let fine = |typed: &mut SharingDraft| {
            (typed.ip, typed.asks, typed.user, typed.password) = (everywhere, true, "me".into(), "pw".into());
        };
        assert_eq!(wrong(fine), []);
        let (typed, _) = typed(fine);
        let Command::Set { changes } = typed.apply() else { panic!("no change of settings") };
        assert_eq!(changes["gateway.listen"], "0.0.0.0:1080");
        assert_eq!(changes["gateway.login"], r#"{"user":"me","password":"pw"}"#);
        assert_eq!(changes["gateway.http_listen"], "null");
    }

    #[test]
    fn the_two_ports_must_be_different_numbers() {
        assert_eq!(wrong(|typed| typed.port = "http".into()), [SharingError::Port]);
        assert_eq!(wrong(|typed| typed.port = "70000".into()), [SharingError::Port]);
        assert_eq!(wrong(|typed| (typed.http, typed.http_port) = (true, "1080".into())), [SharingError::HttpPort]);
        assert_eq!(wrong(|typed| (typed.http, typed.http_port) = (true, " 8118 ".into())), []);
    }

    #[test]
    fn an_empty_password_field_keeps_the_password() {
        let login = Login { user: "me".into(), password: "***".into() };
        let current = SharingDraft::of(&Gateway { login: Some(login), ..Gateway::default() });
        let other_port = SharingDraft { port: "1081".into(), ..current.clone() };
        assert_eq!(other_port.wrong(&current), []);
        let Command::Set { changes } = other_port.apply() else { panic!("no change of settings") };
        assert!(!changes.contains_key("gateway.login"));
        let other_user = SharingDraft { user: "you".into(), ..current.clone() };
        assert_eq!(other_user.wrong(&current), [SharingError::Login], "another user has another password");
    }
}
