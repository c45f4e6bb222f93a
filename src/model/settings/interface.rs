//! Settings of the user interfaces: language, notifications, tray, window.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::locale::Locale;

/// The language of the user interfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// The system's language, if it is supported.
    #[default]
    System,
    /// This language.
    Fixed(Locale),
}

impl Language {
    /// All choices, in the order of lists.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::System].into_iter().chain(Locale::ALL.map(Self::Fixed))
    }

    /// The name in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Fixed(locale) => locale.tag(),
        }
    }
}

/// Serialized as its name.
impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| Language::all().map(Language::as_str).collect());
        let word = String::deserialize(deserializer)?;
        let found = Self::all().find(|language| language.as_str() == word);
        found.ok_or_else(|| serde::de::Error::unknown_variant(&word, &WORDS))
    }
}

/// Which desktop notifications are shown, by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notices {
    /// A member was replaced, or evicted.
    pub members: bool,
    /// The pool has fewer members than configured, or none that works.
    pub pool: bool,
    /// The local network went down or came back.
    pub network: bool,
    /// The gateway's port is in use.
    pub port: bool,
    /// The desktop's proxy could not be set, or another program has changed it.
    pub desktop: bool,
    /// The rule list could not be downloaded.
    pub rules: bool,
    /// Nodes were imported.
    pub import: bool,
    /// A subscription has changed, or its update failed.
    pub subscription: bool,
}

/// The tray icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tray {
    /// No welcome notice when the tray is started at login.
    pub silent_start: bool,
}

/// The window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Window {
    /// The theme.
    pub theme: Theme,
    /// Whether the welcome of the first start was shown and closed.
    pub welcome_seen: bool,
}

/// The theme of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// The desktop's theme.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All themes, in the order of lists.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The name in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            members: true,
            pool: true,
            network: true,
            port: true,
            desktop: true,
            rules: true,
            import: true,
            subscription: true,
        }
    }
}

impl Default for Tray {
    fn default() -> Self {
        Self { silent_start: true }
    }
}
