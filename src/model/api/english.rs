//! Reasons on the wire: as a type, and in English, as `--json` promises.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::locale::{Locale, Localize};
use crate::model::Reason;

/// Declares a module for `#[serde(flatten, with = …)]`, given the field names of the type and of the English text.
macro_rules! english {
    ($(#[$doc:meta])* $module:ident: $text:ident, $typed:ident) => {
        $(#[$doc])*
        pub(super) mod $module {
            use super::{Deserialize, Deserializer, Locale, Localize, Serialize, Serializer};

            #[derive(Serialize)]
            struct WithText<'a, T> {
                $text: String,
                $typed: &'a T,
            }

            #[derive(Deserialize)]
            struct WithoutText<T> {
                $typed: T,
            }

            pub(in super::super) fn serialize<T, S>(reason: &T, serializer: S) -> Result<S::Ok, S::Error>
            where
                T: Localize + Serialize,
                S: Serializer,
            {
                WithText { $text: reason.localize(Locale::English), $typed: reason }.serialize(serializer)
            }

            pub(in super::super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
            where
                T: Deserialize<'de>,
                D: Deserializer<'de>,
            {
                WithoutText::deserialize(deserializer).map(|heard| heard.$typed)
            }
        }
    };
}

english! {
    /// For rejected items.
    reason_and_error: reason, error
}
english! {
    /// For a member's reason.
    reason_and_why: reason, why
}
english! {
    /// For a file's problem.
    problem_and_why: problem, why
}

/// For a member without a reason: an empty text, and no type.
pub(super) mod maybe_reason {
    use super::{Deserialize, Deserializer, Locale, Localize, Reason, Serialize, Serializer};

    #[derive(Serialize)]
    struct MaybeWithText<'a> {
        reason: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a Reason>,
    }

    #[derive(Deserialize)]
    struct MaybeWithoutText {
        #[serde(default)]
        why: Option<Reason>,
    }

    pub(in super::super) fn serialize<S: Serializer>(why: &Option<Reason>, serializer: S) -> Result<S::Ok, S::Error> {
        let reason = why.as_ref().map(|why| why.localize(Locale::English)).unwrap_or_default();
        MaybeWithText { reason, why: why.as_ref() }.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Reason>, D::Error> {
        MaybeWithoutText::deserialize(deserializer).map(|heard| heard.why)
    }
}
