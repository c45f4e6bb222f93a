//! The country of a node, as its name tells: by a flag, a code, or the name of a country or city.
//!
//! Codes are ISO 3166-1 alpha-2. [`country_names`](super::country_names) has the names that providers use, in English
//! and Chinese. Flags are pairs of regional indicators (Unicode Technical Standard 51) and stand for any code.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::country_names::{CODES, NAMES};

/// The regional indicator for the letter A.
const INDICATOR_A: u32 = 0x1_F1E6;

/// Maximum length of the part of a name that is searched, in bytes: names come from providers.
const MAX_SEARCHED: usize = 256;

/// Names of one ASCII word, by word.
static WORDS: LazyLock<HashMap<&str, Country>> = LazyLock::new(|| names().filter(|(name, _)| is_word(name)).collect());

/// All other names: of several words, or in Chinese.
static PHRASES: LazyLock<Vec<(&str, Country)>> = LazyLock::new(|| names().filter(|(name, _)| !is_word(name)).collect());

/// A country: two capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Country([u8; 2]);

/// The text is not two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a country is two letters")]
pub struct NotACountry;

impl Country {
    /// The country that the name of a node tells: its flag, else the name or code that comes first.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut end = name.len().min(MAX_SEARCHED);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        let name = &name[..end];
        flag(name).or_else(|| named(&name.to_lowercase())).or_else(|| code(name))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a country is two ASCII letters")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Country {
    type Err = NotACountry;

    fn from_str(text: &str) -> Result<Self, NotACountry> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                let letters = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
                // Reserved for the United Kingdom, and in wide use.
                Ok(Self(if letters == *b"UK" { *b"GB" } else { letters }))
            }
            _other => Err(NotACountry),
        }
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl TryFrom<String> for Country {
    type Error = NotACountry;

    fn try_from(text: String) -> Result<Self, NotACountry> {
        text.parse()
    }
}

fn names() -> impl Iterator<Item = (&'static str, Country)> {
    let of_country = |(code, names): &(&str, &'static [&'static str])| {
        let country: Country = code.parse().expect("the table has codes of two letters");
        names.iter().map(move |name| (*name, country))
    };
    NAMES.iter().flat_map(of_country)
}

fn is_word(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The first flag.
fn flag(name: &str) -> Option<Country> {
    let letter = |sign: char| {
        let place = u32::from(sign).checked_sub(INDICATOR_A).filter(|place| *place < 26)?;
        Some(b'A' + u8::try_from(place).ok()?)
    };
    let letters: Vec<Option<u8>> = name.chars().map(letter).collect();
    letters.windows(2).find_map(|pair| Some(Country([pair[0]?, pair[1]?])))
}

/// The name of a country or city that comes first; of two at one place, the longer one.
fn named(name: &str) -> Option<Country> {
    let words = words(name).filter_map(|(place, word)| Some((place, word.len(), *WORDS.get(word)?)));
    let phrases = PHRASES.iter().filter_map(|(phrase, country)| Some((name.find(phrase)?, phrase.len(), *country)));
    words.chain(phrases).min_by_key(|(place, length, _)| (*place, std::cmp::Reverse(*length))).map(|found| found.2)
}

/// The first code in capitals that stands alone: `HK 01`, `US-West`, `JP01`, but not `no` or `IN` in a sentence.
fn code(name: &str) -> Option<Country> {
    words(name).map(|(_, word)| word).find(|word| CODES.contains(word))?.parse().ok()
}

/// The words of a text, each a run of ASCII letters, with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    let words = text.split(|sign: char| !sign.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.map(move |word| (word.as_ptr() as usize - start, word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn country(name: &str) -> Option<String> {
        Country::of_name(name).map(String::from)
    }

    #[test]
    fn the_name_of_a_node_tells_its_country() {
        for (name, code) in [
            ("🇯🇵 Tokyo 01", "JP"),
            ("🇺🇸 via Hong Kong", "US"),
            ("香港 IPLC 02", "HK"),
            ("日本·大阪", "JP"),
            ("台北 BGP", "TW"),
            ("美国洛杉矶", "US"),
            ("Los Angeles 3", "US"),
            ("South Korea", "KR"),
            ("HK01", "HK"),
            ("US-West", "US"),
            ("UK 2", "GB"),
            ("[SG] premium", "SG"),
            ("新加坡→日本", "SG"),
            ("frankfurt", "DE"),
        ] {
            assert_eq!(country(name).as_deref(), Some(code), "{name}");
        }
        for name in ["", "node 1", "no limit", "my own", "in use", "🇯", "剩余流量：10 GB"] {
            assert_eq!(country(name), None, "{name}");
        }
    }

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!("jp".parse::<Country>().unwrap().to_string(), "JP");
        assert_eq!("uk".parse::<Country>().unwrap().to_string(), "GB");
        for text in ["", "j", "jpn", "1p", "日"] {
            assert_eq!(text.parse::<Country>(), Err(NotACountry), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_searched_without_a_panic(name in ".{0,300}") {
            Country::of_name(&name);
        }
    }
}
