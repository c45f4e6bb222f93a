//! The form to add or edit a node. Errors are shown below their fields, and nothing that was typed is lost when the
//! engine rejects it.

use eframe::egui::{RichText, TextEdit, Ui, vec2};

use super::draft::{NodeDraft, NodeFieldError, NodeProtocol, TIERS, WEIGHTS};
use crate::i18n::{Locale, Localize, tr};
use crate::model::cipher::{self, KeyError};
use crate::model::ssr::{Method, Obfs, Protocol};
use crate::model::{Node, NodeId};
use crate::window::parts::{self, Field};
use crate::window::theme::Palette;

/// Plugins in the dropdown; any other can be typed.
const PLUGINS: [&str; 4] = ["obfs-local", "v2ray-plugin", "xray-plugin", "kcptun"];

/// What the form is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FormPurpose {
    /// Adding a node.
    New,
    /// Editing this node; the node as it was when the form was opened.
    Change(NodeId, Box<Node>),
}

/// Whether passwords are visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Secrets {
    #[default]
    Hidden,
    DialogState,
}

/// The form.
pub(super) struct Form {
    pub(super) purpose: FormPurpose,
    pub(super) draft: NodeDraft,
    /// Why the engine rejected the node.
    pub(super) refused: Option<String>,
    secrets: Secrets,
    is_tried: bool,
}

/// What the user does in the form.
pub(super) enum FormAction {
    /// Nothing yet.
    None,
    /// Saves this node.
    Save(Box<Node>),
    /// Cancels.
    Closed,
}

impl Form {
    pub(super) fn new(purpose: FormPurpose, draft: NodeDraft) -> Self {
        Self { purpose, draft, refused: None, secrets: Secrets::default(), is_tried: false }
    }

    /// Draws the form.
    pub(super) fn show(&mut self, ui: &Ui, locale: Locale, groups: &[&str]) -> FormAction {
        let title = match self.purpose {
            FormPurpose::New => tr!(locale, "form-new"),
            FormPurpose::Change(..) => tr!(locale, "form-change"),
        };
        let (shown, answer) = parts::dialog(ui.ctx(), &title, 600.0, |ui| {
            let height = (ui.ctx().content_rect().height() - 240.0).max(160.0);
            let area = eframe::egui::ScrollArea::vertical().max_height(height).auto_shrink([false, true]);
            area.show(ui, |ui| {
                // Leaves room for the scroll bar.
                ui.set_max_width(ui.available_width() - 12.0);
                self.fields(ui, locale, groups);
            });
            if let Some(refused) = &self.refused {
                let color = Palette::of(ui).red;
                ui.add(eframe::egui::Label::new(RichText::new(refused).color(color)).wrap());
            }
            let action = match self.purpose {
                FormPurpose::New => tr!(locale, "nodes-add"),
                FormPurpose::Change(..) => tr!(locale, "form-save"),
            };
            parts::foot(ui, locale, &action)
        });
        match (answer, shown) {
            (Some(true), _) => self.try_it(),
            (Some(false), _) | (None, parts::DialogState::Closed) => FormAction::Closed,
            (None, parts::DialogState::Open) => FormAction::None,
        }
    }

    fn try_it(&mut self) -> FormAction {
        self.is_tried = true;
        self.refused = None;
        self.draft.node().map_or(FormAction::None, |node| FormAction::Save(Box::new(node)))
    }

    fn fields(&mut self, ui: &mut Ui, locale: Locale, groups: &[&str]) {
        let wrong = self.draft.node().err().unwrap_or_default();
        let is_tried = self.is_tried;
        let error_of = |typed: &str, fits: &dyn Fn(&NodeFieldError) -> bool| {
            let found = wrong.iter().find(|wrong| fits(wrong)).filter(|_| is_tried || !typed.is_empty());
            found.map(|wrong| sentence(locale, wrong))
        };
        let draft = &mut self.draft;
        protocol_row(ui, locale, &mut draft.protocol_kind);
        Field::new(&tr!(locale, "nodes-name"), &mut draft.name).hint("Tokyo 1").first().show(ui);
        let host = error_of(&draft.host, &|wrong| matches!(wrong, NodeFieldError::Host));
        Field::new(&tr!(locale, "form-host"), &mut draft.host).hint("server.example").wrong(host.as_deref()).show(ui);
        let port = error_of(&draft.port, &|wrong| matches!(wrong, NodeFieldError::Port));
        let label = tr!(locale, "form-port");
        Field::new(&label, &mut draft.port).hint("8388").width(88.0).wrong(port.as_deref()).show(ui);
        if draft.protocol_kind == NodeProtocol::Socks5 {
            let login = error_of(&draft.user, &|wrong| matches!(wrong, NodeFieldError::Login));
            Field::new(&tr!(locale, "form-user"), &mut draft.user).wrong(login.as_deref()).show(ui);
        }
        let password = error_of(&draft.password, &|wrong| matches!(wrong, NodeFieldError::Password(_)));
        password_field(ui, locale, &mut draft.password, &mut self.secrets, password.as_deref());
        match draft.protocol_kind {
            NodeProtocol::Shadowsocks => {
                let plugin = error_of(&draft.plugin, &|wrong| matches!(wrong, NodeFieldError::Plugin));
                shadowsocks(ui, locale, draft, plugin.as_deref());
            }
            NodeProtocol::ShadowsocksR => shadowsocks_r(ui, locale, draft, self.secrets),
            NodeProtocol::Socks5 => {}
        }
        group(ui, locale, &mut draft.group, groups);
        parts::number(ui, locale, &tr!(locale, "nodes-weight"), &mut draft.weight, WEIGHTS, "");
        parts::number(ui, locale, &tr!(locale, "nodes-tier"), &mut draft.tier, TIERS, "");
        let form_error = error_of("-", &|wrong| matches!(wrong, NodeFieldError::Form(_)));
        if let Some(error) = form_error {
            ui.label(RichText::new(error).color(Palette::of(ui).red));
        }
    }
}

fn protocol_row(ui: &mut Ui, locale: Locale, protocol: &mut NodeProtocol) {
    let label = tr!(locale, "nodes-kind");
    let all = [
        (NodeProtocol::Shadowsocks, "Shadowsocks".to_owned()),
        (NodeProtocol::ShadowsocksR, "ShadowsocksR".to_owned()),
        (NodeProtocol::Socks5, "SOCKS5".to_owned()),
    ];
    let chosen = parts::row(ui, &label, None, |ui| parts::segments(ui, &label, Some(*protocol), &all));
    *protocol = chosen.unwrap_or(*protocol);
}

fn sentence(locale: Locale, wrong: &NodeFieldError) -> String {
    match wrong {
        NodeFieldError::Host => tr!(locale, "form-wrong-host"),
        NodeFieldError::Port => tr!(locale, "form-wrong-port"),
        NodeFieldError::Password(KeyError::Empty) => tr!(locale, "form-wrong-password"),
        NodeFieldError::Password(KeyError::NotBase64(cipher)) => {
            tr!(locale, "form-wrong-key", cipher = cipher.as_str())
        }
        NodeFieldError::Password(KeyError::Length { cipher, wanted, found }) => {
            tr!(locale, "form-wrong-key-length", cipher = cipher.as_str(), wanted = *wanted, found = *found)
        }
        NodeFieldError::Login => tr!(locale, "form-wrong-login"),
        NodeFieldError::Plugin => tr!(locale, "form-wrong-plugin"),
        NodeFieldError::Weight => parts::want_number(locale, &WEIGHTS),
        NodeFieldError::Tier => parts::want_number(locale, &TIERS),
        NodeFieldError::Form(error) => error.localize(locale),
    }
}

fn password_field(ui: &mut Ui, locale: Locale, text: &mut String, secrets: &mut Secrets, wrong: Option<&str>) {
    let label = tr!(locale, "form-password");
    let field = Field::new(&label, text).wrong(wrong);
    let (field, word) = match secrets {
        Secrets::Hidden => (field.secret(), tr!(locale, "form-reveal")),
        Secrets::DialogState => (field, tr!(locale, "form-hide")),
    };
    field.show_with(ui, |ui| {
        if ui.button(word).clicked() {
            *secrets = match secrets {
                Secrets::Hidden => Secrets::DialogState,
                Secrets::DialogState => Secrets::Hidden,
            };
        }
    });
}

fn shadowsocks(ui: &mut Ui, locale: Locale, draft: &mut NodeDraft, wrong: Option<&str>) {
    let ciphers: Vec<_> = cipher::NAMES.iter().map(|name| (*name, (*name).to_owned())).collect();
    if let Some(cipher) = parts::choice(ui, &tr!(locale, "form-cipher"), &draft.cipher, &ciphers) {
        draft.cipher = cipher;
    }
    parts::labelled_row(ui, &tr!(locale, "form-plugin"), wrong, |ui, id| {
        let edit = TextEdit::singleline(&mut draft.plugin).hint_text("–").desired_width(184.0);
        ui.add(edit.margin(vec2(8.0, 5.0))).labelled_by(id);
        ui.menu_button(tr!(locale, "form-choose"), |ui| {
            if ui.button(tr!(locale, "form-no-plugin")).clicked() {
                draft.plugin.clear();
            }
            for name in PLUGINS {
                if ui.button(name).clicked() {
                    draft.plugin = name.to_owned();
                }
            }
        });
    });
    if !draft.plugin.trim().is_empty() {
        let label = tr!(locale, "form-plugin-options");
        Field::new(&label, &mut draft.plugin_options).hint("obfs=http;obfs-host=example.com").show(ui);
    }
}

fn shadowsocks_r(ui: &mut Ui, locale: Locale, draft: &mut NodeDraft, secrets: Secrets) {
    let methods = Method::ALL.map(|method| (method, method.name().to_owned()));
    if let Some(method) = parts::choice(ui, &tr!(locale, "form-cipher"), &draft.ssr.method, &methods) {
        draft.ssr.method = method;
    }
    let protocols = Protocol::ALL.map(|protocol| (protocol, protocol.name().to_owned()));
    if let Some(protocol) = parts::choice(ui, &tr!(locale, "form-protocol"), &draft.ssr.protocol, &protocols) {
        draft.ssr.protocol = protocol;
    }
    let label = tr!(locale, "form-protocol-param");
    // It may contain a user's password.
    let field = Field::new(&label, &mut draft.ssr.protocol_param);
    match secrets {
        Secrets::Hidden => field.secret().show(ui),
        Secrets::DialogState => field.show(ui),
    };
    let all = Obfs::ALL.map(|obfs| (obfs, obfs.name().to_owned()));
    if let Some(obfs) = parts::choice(ui, &tr!(locale, "form-obfs"), &draft.ssr.obfs, &all) {
        draft.ssr.obfs = obfs;
    }
    Field::new(&tr!(locale, "form-obfs-param"), &mut draft.ssr.obfs_param).show(ui);
}

fn group(ui: &mut Ui, locale: Locale, group: &mut String, groups: &[&str]) {
    parts::labelled_row(ui, &tr!(locale, "form-group"), None, |ui, id| {
        let hint = tr!(locale, "menu-ungrouped");
        let edit = TextEdit::singleline(group).hint_text(hint).desired_width(184.0);
        ui.add(edit.margin(vec2(8.0, 5.0))).labelled_by(id);
        let named: Vec<_> = groups.iter().filter(|name| !name.is_empty()).collect();
        if !named.is_empty() {
            ui.menu_button(tr!(locale, "form-choose-group"), |ui| {
                for name in named {
                    if ui.button(*name).clicked() {
                        (*name).clone_into(group);
                    }
                }
            });
        }
    });
}
