//! Reasons of failures and states, each a type with a message in every language.
//!
//! A reason is declared once, by `messages!`: a variant, the key of its message, its arguments. The message is in
//! `locales/`. None contains secrets.
//!
//! [`system_error`] has errors of the operating system, TLS and HTTP, [`exit`] how a program exited, [`failure`] where
//! a check or a start failed, [`signal`] signals from real traffic, [`reason`] why a member is in its state,
//! [`fetch_error`] why a download failed, [`subscription_error`] why a subscription is rejected, [`broken`] what is
//! wrong with one of our files, [`line_error`] with a line of rules, [`cause`] combines them as the cause of a fault.

pub mod broken;
pub mod cause;
pub mod exit;
pub mod failure;
pub mod fetch_error;
pub mod http_status;
pub mod line_error;
pub mod reason;
pub mod signal;
pub mod subscription_error;
pub mod system_error;

#[cfg(test)]
mod tests {
    use std::fmt::Display;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::broken::{BackupProblem, FileProblem};
    use super::cause::{Cause, DesktopProblem, FileOperation, NoNodeReason};
    use super::exit::Exit;
    use super::failure::{Failure, FailureCause, Stage};
    use super::fetch_error::{FetchError, FetchFailure, NodeListError, RuleListError};
    use super::line_error::LineError;
    use super::reason::Reason;
    use super::signal::Signal;
    use super::subscription_error::SubscriptionError;
    use super::system_error::SystemError;
    use crate::locale::{Locale, Localize, Samples};
    use crate::model::event::Eviction;
    use crate::model::link::{LinkError, LinkPart};
    use crate::model::list::ListError;
    use crate::model::settings::{ExpectedValue, InvalidValue};
    use crate::model::ssr::UnsupportedName;
    use crate::model::{FaultCode, Weakness, cipher};

    /// Names, and texts by others: the same in every language.
    const NAMES: [&str; 7] = ["x.example", "DNS", "TCP", "protoparam", "obfsparam", "exit status: none", ""];

    /// Whether a text has letters of a language's own script, or its punctuation.
    fn is_of(locale: Locale, text: &str) -> bool {
        let is_own = |character| match locale {
            Locale::English => char::is_ascii_alphabetic(&character),
            Locale::SimplifiedChinese | Locale::TraditionalChinese => {
                ('\u{4e00}'..'\u{9fff}').contains(&character) || character == '：'
            }
            Locale::Russian => ('\u{400}'..'\u{4ff}').contains(&character),
        };
        text.chars().any(is_own)
    }

    /// Every reason has a message with all its arguments in each language, and survives serialization.
    fn check<T: Localize + Display + Samples + PartialEq + Serialize + DeserializeOwned>() {
        for reason in T::samples() {
            let english = reason.to_string();
            assert_eq!(english, reason.localize(Locale::English));
            let is_foreign = Locale::ALL.into_iter().any(|other| other != Locale::English && is_of(other, &english));
            assert!(!is_foreign, "{english}");
            let is_name = NAMES.contains(&&*english) || english.split(": ").all(|part| NAMES.contains(&part));
            for locale in Locale::ALL {
                let text = reason.localize(locale);
                assert!(!text.contains("{$"), "{text}");
                assert!(is_name || is_of(locale, &text), "{english}: {text}");
            }
            let crossed: T = serde_json::from_str(&serde_json::to_string(&reason).unwrap()).unwrap();
            assert_eq!(crossed, reason, "it survives serialization");
        }
    }

    #[test]
    fn each_reason_has_a_message_in_every_language() {
        check::<BackupProblem>();
        check::<Cause>();
        check::<DesktopProblem>();
        check::<FileOperation>();
        check::<Eviction>();
        check::<Exit>();
        check::<Failure>();
        check::<FaultCode>();
        check::<FileProblem>();
        check::<InvalidValue>();
        check::<LineError>();
        check::<LinkError>();
        check::<ListError>();
        check::<SubscriptionError>();
        check::<FetchError>();
        check::<NodeListError>();
        check::<RuleListError>();
        check::<NoNodeReason>();
        check::<SystemError>();
        check::<LinkPart>();
        check::<Reason>();
        check::<Signal>();
        check::<Stage>();
        check::<FailureCause>();
        check::<FetchFailure>();
        check::<UnsupportedName>();
        check::<ExpectedValue>();
        check::<Weakness>();
        check::<cipher::KeyError>();
    }
}
