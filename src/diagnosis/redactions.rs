//! The words that are redacted wherever they occur, with their placeholders.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::model::{Kind, Login, Node, Plugin, Secret};

/// The placeholder for a secret.
pub(super) const SECRET: &str = "***";

/// The words to redact, and their placeholders.
#[derive(Default)]
pub struct Redactions {
    pub(super) words: Vec<(Zeroizing<String>, String)>,
    nodes: usize,
}

impl Redactions {
    /// Adds a node: its name, its host, its secrets.
    pub fn node(&mut self, node: &Node) {
        self.nodes += 1;
        let number = self.nodes;
        self.word(&node.host, &format!("host-{number}"));
        self.word(&node.name, &format!("node-{number}"));
        match &node.kind {
            Kind::Ss { password, plugin, .. } => {
                self.secret(password);
                plugin.iter().for_each(|plugin| self.plugin(plugin));
            }
            Kind::Ssr(ssr) => {
                self.secret(&ssr.password);
                self.secret(&ssr.protocol_param);
                // Anything shorter is a user number or empty.
                let parts = ssr.protocol_param.expose().split(':').chain(ssr.obfs_param.split([',', '#', ';']));
                parts.filter(|part| part.len() >= 4).for_each(|part| self.hide(part));
            }
            Kind::Socks5 { login } => login.iter().for_each(|login| self.login(login)),
        }
    }

    /// Adds a login: user and password, alone and as sent together.
    pub fn login(&mut self, login: &Login) {
        self.hide(&login.user);
        self.secret(&login.password);
        self.hide(&Zeroizing::new(format!("{}:{}", login.user, login.password.expose())));
    }

    /// Adds a secret.
    pub fn secret(&mut self, secret: &Secret) {
        self.hide(secret.expose());
    }

    /// Adds a folder and its placeholder.
    pub fn folder(&mut self, path: &str, word: &str) {
        self.word(path, word);
    }

    fn plugin(&mut self, plugin: &Plugin) {
        self.hide(&plugin.options);
        let values = plugin.options.split(';').filter_map(|option| option.split_once('='));
        // Plain words such as `tls` identify no one.
        let identifying = values.filter(|(_, value)| !value.bytes().all(|byte| byte.is_ascii_lowercase()));
        identifying.for_each(|(_, value)| self.hide(value));
    }

    fn hide(&mut self, text: &str) {
        self.word(text, SECRET);
        let coded = [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD];
        coded.iter().for_each(|engine| self.word(&Zeroizing::new(engine.encode(text)), SECRET));
    }

    /// Adds a word, in plain, JSON and percent-encoded form.
    fn word(&mut self, word: &str, placeholder: &str) {
        if word.is_empty() {
            return;
        }
        let json = serde_json::to_string(word).expect("a text is plain JSON");
        let forms = [word.to_owned(), json.trim_matches('"').to_owned(), percent(word)];
        self.words.extend(forms.map(|form| (Zeroizing::new(form), placeholder.to_owned())));
    }
}

fn percent(word: &str) -> String {
    utf8_percent_encode(word, NON_ALPHANUMERIC).to_string()
}
