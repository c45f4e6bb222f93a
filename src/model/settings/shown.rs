//! What people see of Sluice: language, notices, the icon, the window.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::locale::Locale;

/// The language that people are spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// That of the system, where it is one of ours.
    #[default]
    System,
    /// This one.
    Fixed(Locale),
}

impl Language {
    /// All that can be chosen, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::System].into_iter().chain(Locale::ALL.map(Self::Fixed))
    }

    /// The word for it in files and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Fixed(locale) => locale.tag(),
        }
    }
}

/// As its word.
impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| Language::all().map(Language::word).collect());
        let word = String::deserialize(deserializer)?;
        let found = Self::all().find(|language| language.word() == word);
        found.ok_or_else(|| serde::de::Error::unknown_variant(&word, &WORDS))
    }
}

/// What is worth a notice on the desktop, by class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notices {
    /// A member was replaced, or left the pool.
    pub members: bool,
    /// The pool has fewer members than wanted, or none that works.
    pub pool: bool,
    /// This machine's own network went down or came back.
    pub network: bool,
    /// The gateway's port is taken.
    pub port: bool,
    /// The desktop's proxy could not be set, or somebody else has changed it.
    pub desktop: bool,
    /// No list of rules could be fetched.
    pub rules: bool,
    /// What an import did.
    pub import: bool,
    /// What an update of a subscription changed, or why it failed.
    pub subscription: bool,
}

/// The icon in the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tray {
    /// Started with the session it says nothing; started by hand it says where it is.
    pub silent_start: bool,
}

/// The window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Window {
    /// Its colours.
    pub theme: Theme,
}

/// The colours of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Those that the desktop goes by.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word for it in files and on the command line.
    pub fn word(self) -> &'static str {
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
