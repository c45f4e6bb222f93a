//! Translated messages.
//!
//! The messages are in `locales/`, one Fluent file per language, and nowhere else. [`tr!`] formats one by its key:
//! `tr!(locale, "menu-members", serving = 2, size = 3)`. [`messages!`] declares an enum of reasons together with their
//! keys and arguments; in English they are what `Display`, logs and `--json` show.
//!
//! A [`Locale`] is a plain value that is passed along: there is no global state, so that a program can change its
//! language at any time. `tests/it/locales.rs` checks that every key exists in all languages, with the same arguments,
//! and that each is used.

mod message;

pub use self::message::{Argument, Localize, is_hidden, one_line, sentence};
#[cfg(test)]
pub(crate) use self::message::{Samples, sampled};
pub(crate) use self::message::{converted, display, message_text, messages};

use std::borrow::Cow;
use std::sync::OnceLock;

/// An argument of a message: a text, or a number that selects singular or plural.
pub use fluent_bundle::FluentValue as Value;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

/// A supported language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English.
    English,
    /// Chinese in simplified characters, with the terms of mainland China.
    SimplifiedChinese,
    /// Chinese in traditional characters, with the terms of Taiwan.
    TraditionalChinese,
    /// Russian.
    Russian,
}

/// The constants of a language.
struct Translation {
    /// The BCP 47 tag, which is the name of its folder in `locales/` and its name in the settings.
    tag: &'static str,
    /// The language's own name.
    own_name: &'static str,
    /// Its messages, in Fluent's syntax.
    sentences: &'static str,
}

impl Locale {
    /// All supported languages, in the order of lists.
    pub const ALL: [Self; 4] = [Self::English, Self::SimplifiedChinese, Self::TraditionalChinese, Self::Russian];

    const fn translation(self) -> Translation {
        macro_rules! translation {
            ($tag:literal, $own_name:literal) => {
                Translation {
                    tag: $tag,
                    own_name: $own_name,
                    sentences: include_str!(concat!("../../locales/", $tag, "/sluice.ftl")),
                }
            };
        }
        match self {
            Self::English => translation!("en", "English"),
            Self::SimplifiedChinese => translation!("zh-CN", "简体中文"),
            Self::TraditionalChinese => translation!("zh-TW", "繁體中文"),
            Self::Russian => translation!("ru", "Русский"),
        }
    }

    /// The language tag, as in the settings: `en`, `zh-TW`.
    pub const fn tag(self) -> &'static str {
        self.translation().tag
    }

    /// Its own name, for lists.
    pub const fn own_name(self) -> &'static str {
        self.translation().own_name
    }

    /// The language for a system locale name: `zh_CN.UTF-8`, `zh-Hant-HK`, `ru`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.split(['.', '@']).next().unwrap_or_default().to_ascii_lowercase();
        let (language, rest) = name.split_once(['-', '_']).unwrap_or((&name, ""));
        match language {
            "en" | "c" | "posix" => Some(Self::English),
            "zh" => Some(Self::chinese(rest)),
            "ru" => Some(Self::Russian),
            _other => None,
        }
    }

    /// Simplified or traditional Chinese, by script or else by region: `hant`, `hans-hk`, `tw`.
    fn chinese(script_and_region: &str) -> Self {
        let mut parts = script_and_region.split(['-', '_']);
        match parts.find(|part| ["hans", "hant", "tw", "hk", "mo"].contains(part)) {
            Some("hans") | None => Self::SimplifiedChinese,
            Some(_) => Self::TraditionalChinese,
        }
    }

    /// Formats the message for a key; usually called through [`tr!`].
    pub fn message<'a>(self, key: &str, values: impl IntoIterator<Item = (&'static str, Value<'a>)>) -> String {
        let mut arguments = FluentArgs::new();
        values.into_iter().for_each(|(name, value)| arguments.set(Cow::Borrowed(name), value));
        self.format(key, &arguments)
    }

    fn format(self, key: &str, values: &FluentArgs<'_>) -> String {
        let bundle = BUNDLES[self as usize].get_or_init(|| bundle(&self.translation()));
        let pattern = bundle.get_message(key).and_then(|message| message.value());
        // A test checks that every key exists.
        let Some(pattern) = pattern else { return key.to_owned() };
        bundle.format_pattern(pattern, Some(values), &mut Vec::new()).into_owned()
    }
}

/// Formats a message: `tr!(locale, "key", name = value, …)`.
macro_rules! tr {
    ($locale:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::locale::Locale::message($locale, $key, [$((stringify!($name), $crate::locale::Value::from($value))),*])
    };
}
pub(crate) use tr;

type Bundle = FluentBundle<FluentResource>;

/// The bundles in use, each parsed at its first use.
static BUNDLES: [OnceLock<Bundle>; Locale::ALL.len()] = [const { OnceLock::new() }; Locale::ALL.len()];

fn bundle(&Translation { tag, sentences, .. }: &Translation) -> Bundle {
    let language = tag.parse().expect("the tag is written here and well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks around arguments are for mixed text directions; some panels show them as boxes.
    bundle.set_use_isolating(false);
    // A test checks that the files have no errors.
    let resource = FluentResource::try_new(sentences.to_owned()).unwrap_or_else(|(rest, _broken)| rest);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_locale_names_are_recognized() {
        use Locale::{English, Russian, SimplifiedChinese, TraditionalChinese};
        for (name, expected) in [
            ("en_GB.UTF-8", Some(English)),
            ("C.UTF-8", Some(English)),
            ("POSIX", Some(English)),
            ("zh", Some(SimplifiedChinese)),
            ("zh_CN.UTF-8", Some(SimplifiedChinese)),
            ("zh-SG", Some(SimplifiedChinese)),
            ("zh-Hans-HK", Some(SimplifiedChinese)),
            ("zh_TW.UTF-8", Some(TraditionalChinese)),
            ("zh_HK", Some(TraditionalChinese)),
            ("zh-MO", Some(TraditionalChinese)),
            ("zh-Hant", Some(TraditionalChinese)),
            ("zh-Hant-CN", Some(TraditionalChinese)),
            ("ru_RU.UTF-8", Some(Russian)),
            ("ru", Some(Russian)),
            ("ru_UA.KOI8-U", Some(Russian)),
            ("rue", None),
            ("fr-FR", None),
            ("", None),
        ] {
            assert_eq!(Locale::named(name), expected, "{name}");
        }
    }

    #[test]
    fn each_language_is_found_by_its_tag() {
        for (place, locale) in Locale::ALL.into_iter().enumerate() {
            assert_eq!(Locale::named(locale.tag()), Some(locale));
            assert_eq!(locale as usize, place, "the list is in the order of declaration");
        }
    }

    #[test]
    fn numbers_have_their_plural() {
        let count = |locale, count: usize| tr!(locale, "import-added", count = count);
        assert_eq!(count(Locale::English, 1), "1 node imported");
        assert_eq!(count(Locale::English, 12), "12 nodes imported");
        assert_eq!(count(Locale::SimplifiedChinese, 1), "已导入 1 个节点");
        assert_eq!(count(Locale::TraditionalChinese, 1), "已匯入 1 個節點");
        for (number, expected) in [
            (0, "импортировано 0 узлов"),
            (1, "импортирован 1 узел"),
            (2, "импортировано 2 узла"),
            (4, "импортировано 4 узла"),
            (5, "импортировано 5 узлов"),
            (11, "импортировано 11 узлов"),
            (12, "импортировано 12 узлов"),
            (21, "импортирован 21 узел"),
            (122, "импортировано 122 узла"),
        ] {
            assert_eq!(count(Locale::Russian, number), expected);
        }
    }
}
