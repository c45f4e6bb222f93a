//! Messages with typed arguments. Each is declared once: a variant, its Fluent key, its arguments.
//!
//! ```ignore
//! messages! {
//!     /// Why a file could not be fetched.
//!     #[derive(Clone, Debug, Serialize, Deserialize)]
//!     pub enum FetchError {
//!         /// No connection.
//!         Connect(cause: SystemError) = "fetch-connect",
//!         /// It took longer than this many seconds.
//!         TimeLimit(seconds: u64) = "fetch-time-limit",
//!         /// A reason that has its own message.
//!         Rules(error: RulesError) = transparent,
//!         /// Any other reason, as text.
//!         Other(text: String) = verbatim,
//!     }
//! }
//! ```
//!
//! The macro declares the enum without the argument names in front of the types, and implements [`Localize`] and
//! `Display`. A message gets the arguments by these names, and further ones that are listed after the key: `"key" [most
//! = 20]`. A second key, `"key" | "other-key"`, is used if an argument is `None` or empty. A `transparent` variant
//! shows the message of its contents and gets a `From` implementation; a `silent` one is empty.

use super::{Locale, Value};

/// A type that has a message in every language.
pub trait Localize: std::fmt::Debug {
    /// The message in a language.
    fn localize(&self, locale: Locale) -> String;
}

/// An argument of a message.
pub trait Argument {
    /// The argument's value in a language; `None` if it is empty.
    fn value(&self, locale: Locale) -> Option<Value<'_>>;
}

impl<T: Localize> Argument for T {
    fn value(&self, locale: Locale) -> Option<Value<'_>> {
        Some(self.localize(locale)).filter(|text| !text.is_empty()).map(Value::from)
    }
}

/// A text, which may come from outside.
impl Argument for String {
    fn value(&self, _: Locale) -> Option<Value<'_>> {
        Some(one_line(self)).filter(|text| !text.is_empty()).map(Value::from)
    }
}

/// A list of alternatives.
impl Argument for Vec<String> {
    fn value(&self, _: Locale) -> Option<Value<'_>> {
        let words: Vec<_> = self.iter().map(|word| format!("`{}`", one_line(word))).collect();
        Some(Value::from(words.join(", ")))
    }
}

impl<T: Argument> Argument for Option<T> {
    fn value(&self, locale: Locale) -> Option<Value<'_>> {
        self.as_ref().and_then(|value| value.value(locale))
    }
}

impl Argument for serde_json::Number {
    fn value(&self, _: Locale) -> Option<Value<'_>> {
        Some(Value::from(self.to_string()))
    }
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl Argument for $number {
            fn value(&self, _: Locale) -> Option<Value<'_>> {
                Some(Value::from(*self))
            }
        }

        #[cfg(test)]
        impl Samples for $number {
            fn samples() -> Vec<Self> {
                vec![1_200]
            }
        }
    )* };
}
numbers!(u16, u32, u64, usize, i32);

/// Whether a character moves a terminal's cursor or reorders the text around it (Unicode's `Bidi_Control`).
pub fn is_hidden(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    character.is_control() || turns
}

/// Longest line from [`one_line`], in characters: longer than any path that a message contains.
const MAX_LINE: usize = 4_096;

/// A text from outside as one line of at most [`MAX_LINE`] characters that cannot control a terminal.
pub fn one_line(text: &str) -> String {
    let shown = text.chars().map(|character| if is_hidden(character) { ' ' } else { character });
    let line: String = shown.skip_while(|character| character.is_whitespace()).take(MAX_LINE + 1).collect();
    match line.char_indices().nth(MAX_LINE) {
        Some(_) => line.chars().take(MAX_LINE - 1).chain(['…']).collect(),
        None => line.trim_end().to_owned(),
    }
}

/// The message for a key, or for the other key if an argument is empty.
pub fn sentence<const N: usize>(
    locale: Locale,
    key: &str,
    without: &[&str],
    arguments: [(&'static str, Option<Value<'_>>); N],
) -> String {
    let lacks_one = arguments.iter().any(|(_, value)| value.is_none());
    let key = without.first().filter(|_| lacks_one).unwrap_or(&key);
    locale.message(key, arguments.map(|(name, value)| (name, value.unwrap_or(Value::from("")))))
}

/// Declares messages; see the module documentation.
macro_rules! messages {
    (
        $(#[$attribute:meta])*
        $visible:vis enum $name:ident { $(
            $(#[$of_variant:meta])*
            $variant:ident
                $(($($argument:ident: $type:ty),+))?
                $({ $($(#[$of_field:meta])* $field:ident: $field_type:ty),+ $(,)? })?
                = $text_source:tt $(| $without:literal)? $([$($further:ident = $value:expr),+])?
        ),+ $(,)? }
    ) => {
        $(#[$attribute])*
        $visible enum $name { $(
            $(#[$of_variant])*
            $variant $(($($type),+))? $({ $($(#[$of_field])* $field: $field_type),+ })?
        ),+ }

        impl $crate::locale::Localize for $name {
            fn localize(&self, locale: $crate::locale::Locale) -> String {
                match self { $(
                    Self::$variant $(($($argument),+))? $({ $($field),+ })? => $crate::locale::message_text!(
                        locale $text_source [$($without)?]
                        [$($($argument)+)? $($($field)+)?]
                        [$($($further = $value),+)?]
                    )
                ),+ }
            }
        }

        $crate::locale::display!($name);
        $($crate::locale::converted!($name $variant $text_source $(($($type),+))?);)+

        #[cfg(test)]
        impl $crate::locale::Samples for $name {
            fn samples() -> Vec<Self> {
                let mut all = Vec::new();
                $($crate::locale::sampled!(
                    all $name $variant $(($($argument: $type),+))? $({ $($field: $field_type),+ })?
                );)+
                all
            }
        }
    };
}
pub(crate) use messages;

/// The message of a variant.
macro_rules! message_text {
    ($locale:ident transparent [] [$inner:ident] []) => {
        $crate::locale::Localize::localize($inner, $locale)
    };
    ($locale:ident verbatim [] [$text:ident] []) => {
        $crate::locale::one_line($text)
    };
    ($locale:ident silent [] [] []) => {
        String::new()
    };
    ($locale:ident $key:literal [$($without:literal)?] [$($argument:ident)*] [$($name:ident = $value:expr),*]) => {
        $crate::locale::sentence($locale, $key, &[$($without)?], [
            $((stringify!($argument), $crate::locale::Argument::value($argument, $locale)),)*
            $((stringify!($name), Some($crate::locale::Value::from($value))),)*
        ])
    };
}
pub(crate) use message_text;

/// Implements `Display` with the English message.
macro_rules! display {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::locale::Localize::localize(self, $crate::locale::Locale::English))
            }
        }

        impl std::error::Error for $name {}
    };
}
pub(crate) use display;

/// Implements `From` for the contents of a transparent variant.
macro_rules! converted {
    ($name:ident $variant:ident transparent ($inner:ty)) => {
        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner)
            }
        }
    };
    ($($other:tt)*) => {};
}
pub(crate) use converted;

/// Sample values for tests of all messages.
#[cfg(test)]
pub(crate) trait Samples: Sized {
    fn samples() -> Vec<Self>;
}

/// Collects every variant, with each sample of its arguments at least once.
#[cfg(test)]
macro_rules! sampled {
    ($all:ident $name:ident $variant:ident) => {
        $all.extend([$name::$variant])
    };
    ($all:ident $name:ident $variant:ident ($($argument:ident: $type:ty),+)) => {
        $(let $argument = <$type as $crate::locale::Samples>::samples();)+
        let most = [$($argument.len()),+].into_iter().max().unwrap_or_default();
        $all.extend((0..most).map(|nth| $name::$variant($($argument[nth % $argument.len()].clone()),+)))
    };
    ($all:ident $name:ident $variant:ident { $($argument:ident: $type:ty),+ }) => {
        $(let $argument = <$type as $crate::locale::Samples>::samples();)+
        let most = [$($argument.len()),+].into_iter().max().unwrap_or_default();
        $all.extend((0..most).map(|nth| $name::$variant { $($argument: $argument[nth % $argument.len()].clone()),+ }))
    };
}
#[cfg(test)]
pub(crate) use sampled;

#[cfg(test)]
mod samples {
    use super::Samples;

    impl Samples for String {
        fn samples() -> Vec<Self> {
            vec!["x.example".into()]
        }
    }

    impl Samples for Vec<String> {
        fn samples() -> Vec<Self> {
            vec![vec!["one".into(), "two".into()]]
        }
    }

    impl Samples for serde_json::Number {
        fn samples() -> Vec<Self> {
            vec![2.into()]
        }
    }

    impl<T: Samples> Samples for Option<T> {
        fn samples() -> Vec<Self> {
            T::samples().into_iter().map(Some).chain([None]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_names_stay_on_one_line() {
        assert_eq!(one_line("a\nb\u{1b}[2J\u{202e}"), "a b [2J");
    }

    #[test]
    fn a_line_is_bounded() {
        let longest = "東".repeat(MAX_LINE);
        assert_eq!(one_line(&longest), longest);
        let cut = one_line(&format!("\n\t{longest}京"));
        assert_eq!(cut.chars().count(), MAX_LINE);
        assert!(cut.ends_with("東…"), "the cut is marked");
    }
}
