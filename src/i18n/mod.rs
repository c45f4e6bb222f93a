//! Sentences of the user interfaces that are composed of several messages.
//!
//! A reason has its own message ([`Localize`]); here are sentences about everything else. [`labels`] has names of
//! states, [`routing`], [`events`], [`site_checks`] and [`subscriptions`] have sentences for replies and events, [`connection_status`]
//! summarizes the state, [`machine`] has errors of this computer, [`units`] formats numbers. The messages are in
//! `locales/`, see [`crate::locale`].

pub mod connection_status;
pub mod connections;
pub mod events;
pub mod foreign;
pub mod labels;
pub mod machine;
pub mod progress;
pub mod restoration;
pub mod routing;
pub mod site_checks;
pub mod subscriptions;
pub mod units;

pub(crate) use crate::locale::tr;
pub use crate::locale::{Locale, Localize, Value};
use crate::model::settings::Language;

impl Locale {
    /// The language in the settings, or the system's; English if that is not supported.
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
    fn a_configured_language_takes_precedence_over_the_systems() {
        for locale in Locale::ALL {
            assert_eq!(Locale::of(Language::Fixed(locale)), locale);
        }
    }
}
