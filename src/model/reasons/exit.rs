//! How a program exited. On the wire and in files it is a text as systems print it; here it is structured, for
//! translation.

use serde::{Deserialize, Serialize};

#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, one_line, tr};

/// How a program exited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// In any other way, described by this text.
    Other(String),
}

const STATUS: &str = "exit status: ";
const SIGNAL: &str = "signal: ";

/// The signals that end programs, by their numbers on Linux (signal(7)); most are the same on other systems.
const NAMES: [(i32, &str); 11] = [
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (6, "SIGABRT"),
    (7, "SIGBUS"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (13, "SIGPIPE"),
    (15, "SIGTERM"),
];

/// A signal's number, with its name if it is a common one.
fn signal(number: i32) -> String {
    let name = NAMES.iter().find(|(known, _)| *known == number);
    name.map_or_else(|| number.to_string(), |(_, name)| format!("{number} ({name})"))
}

impl Localize for Exit {
    fn localize(&self, locale: Locale) -> String {
        match self {
            Self::Status(status) => tr!(locale, "exit-status", status = *status),
            Self::Signal(number) => tr!(locale, "exit-signal", signal = signal(*number)),
            Self::Other(text) => one_line(text),
        }
    }
}

display!(Exit);

#[cfg(test)]
impl Samples for Exit {
    fn samples() -> Vec<Self> {
        vec![Self::Status(3), Self::Signal(9), Self::Other("exit status: none".into())]
    }
}

impl From<String> for Exit {
    fn from(text: String) -> Self {
        let number = |text: &str| text.split(' ').next().and_then(|number| number.parse().ok());
        let status = text.strip_prefix(STATUS).and_then(number).map(Self::Status);
        let signal = || text.strip_prefix(SIGNAL).and_then(number).map(Self::Signal);
        status.or_else(signal).unwrap_or(Self::Other(text))
    }
}

impl From<Exit> for String {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Status(status) => format!("{STATUS}{status}"),
            Exit::Signal(number) => format!("{SIGNAL}{}", signal(number)),
            Exit::Other(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_serialized_as_its_text() {
        for (text, exit) in [
            ("exit status: 3", Exit::Status(3)),
            ("signal: 9 (SIGKILL)", Exit::Signal(9)),
            ("signal: 64", Exit::Signal(64)),
            ("exit status: none", Exit::Other("exit status: none".into())),
        ] {
            assert_eq!(Exit::from(text.to_owned()), exit);
            assert_eq!(serde_json::to_value(&exit).unwrap(), text);
        }
    }
}
