//! Words for people, in their language.
//!
//! The sentences are in `locales/`, one Fluent file a language; a program names one by its key and
//! gives it values: `tr!(locale, "menu-members", serving = 2, size = 3)`. A [`Locale`] is a plain
//! value that goes to who speaks: nothing here is global or changes, so a program switches its
//! language by speaking with another value.
//!
//! [`words`], [`ways`], [`events`] and [`subscriptions`] make sentences of what the engine says, [`standing`]
//! of all of it in one look, [`reasons`] and [`causes`] of why it did not do something, [`troubles`] of what stood in its way,
//! [`machine`] of what this machine refused a user interface, [`units`] of numbers. Rooms below speak
//! types; only the user interfaces speak through here. That every key is there in all languages,
//! with the same values, and that each is used, is held by `tests/it/locales.rs`.

pub mod causes;
pub mod events;
pub mod foreign;
pub mod machine;
pub mod progress;
pub mod reasons;
pub mod restoration;
pub mod standing;
pub mod subscriptions;
pub mod troubles;
pub mod units;
pub mod ways;
pub mod words;

use std::sync::LazyLock;

/// What can stand in a sentence: a text, or a number that decides between singular and plural.
pub use fluent_bundle::FluentValue as Value;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::model::settings::Language;

/// A language that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Locale {
    /// What the user wants, or what the system speaks; English where that is none of ours.
    pub fn of(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::Chinese => Self::Chinese,
            Language::System => sys_locale::get_locales().find_map(|name| Self::named(&name)).unwrap_or(Self::English),
        }
    }

    /// The language of a system's name for one: `zh_CN.UTF-8`, `zh-Hans-SG`, `en`.
    fn named(name: &str) -> Option<Self> {
        match name.split(['-', '_', '.', '@']).next() {
            Some("en" | "C" | "POSIX") => Some(Self::English),
            Some("zh") => Some(Self::Chinese),
            Some(_) | None => None,
        }
    }

    /// The sentence of a key with these values: what [`tr!`] stands for.
    pub fn say<const N: usize>(self, key: &str, values: [(&'static str, Value<'_>); N]) -> String {
        let bundle = match self {
            Self::English => &*ENGLISH,
            Self::Chinese => &*CHINESE,
        };
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        // A test holds that there is one; a key is the next best thing to read.
        let Some(pattern) = pattern else { return key.to_owned() };
        let (values, mut errors) = (FluentArgs::from_iter(values), Vec::new());
        bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned()
    }
}

/// A sentence: `tr!(locale, "key", name = value, …)`.
macro_rules! tr {
    ($locale:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::Locale::say($locale, $key, [$((stringify!($name), $crate::i18n::Value::from($value))),*])
    };
}
pub(crate) use tr;

static ENGLISH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle("en", include_str!("../../locales/en/sluice.ftl")));

static CHINESE: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle("zh-CN", include_str!("../../locales/zh-CN/sluice.ftl")));

fn bundle(name: &str, text: &str) -> FluentBundle<FluentResource> {
    let language = name.parse().expect("the name is written here and well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around values are for texts that mix directions; they show as boxes in some panels.
    bundle.set_use_isolating(false);
    // What is broken in the file is missing from the bundle, and a test holds that nothing is.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(rest, _broken)| rest);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_names_its_language_in_many_ways() {
        for (name, expected) in [
            ("en_GB.UTF-8", Some(Locale::English)),
            ("C.UTF-8", Some(Locale::English)),
            ("zh_CN.UTF-8", Some(Locale::Chinese)),
            ("zh-Hans-SG", Some(Locale::Chinese)),
            ("zh", Some(Locale::Chinese)),
            ("fr-FR", None),
            ("", None),
        ] {
            assert_eq!(Locale::named(name), expected, "{name}");
        }
    }

    #[test]
    fn a_wish_goes_before_the_system() {
        assert_eq!(Locale::of(Language::Chinese), Locale::Chinese);
        assert_eq!(Locale::of(Language::English), Locale::English);
    }

    #[test]
    fn numbers_have_their_plural() {
        let count = |locale, count: usize| tr!(locale, "import-added", count = count);
        assert_eq!(count(Locale::English, 1), "1 node imported");
        assert_eq!(count(Locale::English, 12), "12 nodes imported");
        assert_eq!(count(Locale::Chinese, 1), "已导入 1 个节点");
    }
}
