//! Sentences for people, in their language: the ground that every room may stand on.
//!
//! The sentences are in `locales/`, one Fluent file a language, and nowhere else. [`tr!`] says one by its key:
//! `tr!(locale, "menu-members", serving = 2, size = 3)`. [`messages!`] declares a reason together with its
//! key and arguments, so that it can be said in every language; in English it is what `Display`, logs
//! and `--json` show.
//!
//! A [`Locale`] is a plain value that goes to who speaks: nothing here is global or changes, so a program
//! switches its language by speaking with another value. `tests/it/locales.rs` holds that every key is there
//! in all languages, with the same values, and that each is used.

mod message;

pub use self::message::{Argument, Localize, is_hidden, one_line, sentence};
#[cfg(test)]
pub(crate) use self::message::{Samples, sampled};
pub(crate) use self::message::{converted, display, messages, said};

use std::borrow::Cow;
use std::sync::LazyLock;

/// What can stand in a sentence: a text, or a number that decides between singular and plural.
pub use fluent_bundle::FluentValue as Value;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

/// A language that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Locale {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language of a system's name for one: `zh_CN.UTF-8`, `zh-Hans-SG`, `en`.
    pub fn named(name: &str) -> Option<Self> {
        match name.split(['-', '_', '.', '@']).next() {
            Some("en" | "C" | "POSIX") => Some(Self::English),
            Some("zh") => Some(Self::Chinese),
            Some(_) | None => None,
        }
    }

    /// The sentence of a key with these values: what [`tr!`] stands for.
    pub fn say<'a>(self, key: &str, values: impl IntoIterator<Item = (&'static str, Value<'a>)>) -> String {
        let mut arguments = FluentArgs::new();
        values.into_iter().for_each(|(name, value)| arguments.set(Cow::Borrowed(name), value));
        self.format(key, &arguments)
    }

    fn format(self, key: &str, values: &FluentArgs<'_>) -> String {
        let bundle = match self {
            Self::English => &*ENGLISH,
            Self::Chinese => &*CHINESE,
        };
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        // A test holds that there is one; a key is the next best thing to read.
        let Some(pattern) = pattern else { return key.to_owned() };
        bundle.format_pattern(pattern, Some(values), &mut Vec::new()).into_owned()
    }
}

/// A sentence: `tr!(locale, "key", name = value, …)`.
macro_rules! tr {
    ($locale:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::locale::Locale::say($locale, $key, [$((stringify!($name), $crate::locale::Value::from($value))),*])
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
    fn numbers_have_their_plural() {
        let count = |locale, count: usize| tr!(locale, "import-added", count = count);
        assert_eq!(count(Locale::English, 1), "1 node imported");
        assert_eq!(count(Locale::English, 12), "12 nodes imported");
        assert_eq!(count(Locale::Chinese, 1), "已导入 1 个节点");
    }
}
