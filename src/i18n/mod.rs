//! What the user interfaces say: sentences that are put together from several.
//!
//! A reason says itself ([`Localize`]); here are sentences about everything else that the engine says. [`words`]
//! holds names of states, [`ways`], [`events`] and [`subscriptions`] make sentences of replies and events,
//! [`standing`] of all of it in one look, [`machine`] of what this machine refused a user interface,
//! [`units`] of numbers. The sentences themselves are in `locales/`, see [`crate::locale`].

pub mod events;
pub mod foreign;
pub mod machine;
pub mod progress;
pub mod restoration;
pub mod standing;
pub mod subscriptions;
pub mod units;
pub mod ways;
pub mod words;

pub(crate) use crate::locale::tr;
pub use crate::locale::{Locale, Localize, Value};
use crate::model::settings::Language;

impl Locale {
    /// What the user wants, or what the system speaks; English where that is none of ours.
    pub fn of(language: Language) -> Self {
        match language {
            Language::Fixed(locale) => locale,
            Language::System => sys_locale::get_locales().find_map(|name| Self::named(&name)).unwrap_or(Self::English),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_goes_before_the_system() {
        for locale in Locale::ALL {
            assert_eq!(Locale::of(Language::Fixed(locale)), locale);
        }
    }
}
