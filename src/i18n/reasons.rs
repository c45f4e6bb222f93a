//! Sentences about why something was refused or failed, where the engine knows it in so many words. In
//! English they are the words of the types themselves, which logs and `--json` show.

use super::troubles::{http_status, obstacle};
use super::words::one_line;
use super::{Locale, tr};
use crate::model::cipher::KeyError;
use crate::model::command::Refused;
use crate::model::link::{LinkError, Part};
use crate::model::list::{self, ListError, Where};
use crate::model::settings::{Invalid, Wanted};
use crate::model::ssr::UnsupportedName;
use crate::model::subscription::{LONGEST_INTERVAL_H, LONGEST_NAME, Misfit};
use crate::model::{NoFile, NoList, NoRules, Unfetched};

/// Why a setting makes no sense.
pub fn invalid(locale: Locale, invalid: &Invalid) -> String {
    tr!(locale, "wanted-there", key = &*invalid.key, wanted = wanted(locale, &invalid.wanted))
}

/// What is wanted in its place.
pub fn wanted(locale: Locale, wanted: &Wanted) -> String {
    match wanted {
        Wanted::Number { low, high } => {
            // As text: numbers of people get marks between their digits, settings do not.
            tr!(locale, "wanted-number", low = low.to_string(), high = high.to_string())
        }
        Wanted::AnyNumber => tr!(locale, "wanted-any-number"),
        Wanted::Boolean => tr!(locale, "wanted-boolean"),
        Wanted::OneOf(words) => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            tr!(locale, "wanted-one-of", words = words.join(", "))
        }
        Wanted::LoopbackOrLogin => tr!(locale, "wanted-loopback"),
        Wanted::OtherPort => tr!(locale, "wanted-other-port"),
        Wanted::Address => tr!(locale, "wanted-address"),
        Wanted::LoginLengths => tr!(locale, "wanted-login-lengths"),
        Wanted::Login => tr!(locale, "wanted-login", example = r#"{"user":"…","password":"…"}"#),
        Wanted::WebAddress => tr!(locale, "wanted-web-address"),
        Wanted::Pages => tr!(locale, "wanted-pages"),
        Wanted::Statuses => tr!(locale, "wanted-statuses"),
        Wanted::Schedule => tr!(locale, "wanted-schedule"),
        Wanted::PlainText => tr!(locale, "wanted-plain-text"),
        Wanted::Key => tr!(locale, "wanted-key"),
        Wanted::Host => tr!(locale, "wanted-host"),
        Wanted::AddressOrHost => tr!(locale, "wanted-address-or-host"),
        Wanted::LogFilter => tr!(locale, "wanted-log-filter"),
        Wanted::Text => tr!(locale, "wanted-text"),
        Wanted::List => tr!(locale, "wanted-list"),
        Wanted::Object => tr!(locale, "wanted-object"),
        Wanted::Other(text) => one_line(text),
    }
}

/// Why a text is no link that can be used.
pub fn link(locale: Locale, error: &LinkError) -> String {
    match error {
        LinkError::NoLink => tr!(locale, "link-no-link"),
        LinkError::Unsupported(scheme) => tr!(locale, "link-unsupported", scheme = &**scheme),
        LinkError::Page => tr!(locale, "link-page"),
        LinkError::Credentials => tr!(locale, "link-credentials"),
        LinkError::NoPassword => tr!(locale, "link-no-password"),
        LinkError::LoginLength => tr!(locale, "link-login-length"),
        LinkError::Cipher(Some(name)) => tr!(locale, "link-cipher", name = &**name),
        LinkError::Cipher(None) => tr!(locale, "link-cipher-unnamed"),
        LinkError::Key(error) => key(locale, error),
        LinkError::NotBase64(part) => tr!(locale, "link-not-base64", part = self::part(locale, *part)),
        LinkError::Parts => tr!(locale, "link-parts"),
        LinkError::Name(error) => name(locale, error),
        LinkError::Host => tr!(locale, "link-host"),
        LinkError::NoPort => tr!(locale, "link-no-port"),
        LinkError::Port => tr!(locale, "link-port"),
        LinkError::Path => tr!(locale, "link-path"),
        LinkError::Plugin => tr!(locale, "link-plugin"),
        LinkError::UnknownPlugin(name) => tr!(locale, "link-unknown-plugin", name = &**name),
    }
}

/// What of a text is no node, and why.
pub fn refused(locale: Locale, refused: &Refused) -> String {
    let why = link(locale, &refused.error);
    match refused.place {
        Where::Line(line) => tr!(locale, "cli-import-line", line = line, why = why),
        Where::Server(server) => tr!(locale, "cli-import-server", server = server, why = why),
    }
}

fn part(locale: Locale, part: Part) -> String {
    match part {
        Part::Whole => tr!(locale, "link-part-whole"),
        Part::Password => tr!(locale, "link-part-password"),
        // Names of fields.
        Part::ProtocolParam | Part::ObfsParam => part.to_string(),
    }
}

pub(super) fn key(locale: Locale, error: &KeyError) -> String {
    match error {
        KeyError::Empty => tr!(locale, "key-empty"),
        KeyError::NotBase64(cipher) => tr!(locale, "key-not-base64", cipher = &**cipher),
        KeyError::Length { cipher, wanted, found } => {
            tr!(locale, "key-length", cipher = &**cipher, wanted = *wanted, found = *found)
        }
    }
}

fn name(locale: Locale, error: &UnsupportedName) -> String {
    match error {
        UnsupportedName::Method(Some(name)) => tr!(locale, "link-ssr-method", name = &**name),
        UnsupportedName::Method(None) => tr!(locale, "link-ssr-method-unnamed"),
        UnsupportedName::Protocol(Some(name)) => tr!(locale, "link-ssr-protocol", name = &**name),
        UnsupportedName::Protocol(None) => tr!(locale, "link-ssr-protocol-unnamed"),
        UnsupportedName::Obfs(Some(name)) => tr!(locale, "link-ssr-obfs", name = &**name),
        UnsupportedName::Obfs(None) => tr!(locale, "link-ssr-obfs-unnamed"),
    }
}

/// Why a text as a whole holds no nodes.
pub fn list(locale: Locale, error: &ListError) -> String {
    match error {
        ListError::WebPage => tr!(locale, "list-web-page"),
        ListError::Json { line, column } => {
            tr!(locale, "list-json", line = line.to_string(), column = column.to_string())
        }
        ListError::Yaml { line: Some(line) } => tr!(locale, "list-yaml-at", line = line.to_string()),
        ListError::Yaml { line: None } => tr!(locale, "list-yaml"),
        ListError::NoServers => tr!(locale, "list-no-servers"),
        ListError::TooMany(servers) => {
            tr!(locale, "list-too-many", servers = servers.to_string(), most = list::MOST.to_string())
        }
        ListError::TooMuch => tr!(locale, "list-too-much"),
    }
}

/// Why neither way gave a file.
pub(super) fn unfetched(locale: Locale, Unfetched { gateway, direct }: &Unfetched) -> String {
    let direct = no_file(locale, direct);
    match gateway {
        None => direct,
        Some(gateway) => tr!(locale, "fetch-both", gateway = no_file(locale, gateway), direct = direct),
    }
}

/// Why one way gave nothing.
fn no_file(locale: Locale, why: &NoFile) -> String {
    match why {
        NoFile::Connect(cause) => tr!(locale, "fetch-connect", cause = obstacle(locale, cause)),
        NoFile::TimeLimit(seconds) => tr!(locale, "fetch-time-limit", seconds = *seconds),
        NoFile::Status(status) => tr!(locale, "fetch-status", status = http_status(locale, status)),
        NoFile::TooLarge(mebibytes) => tr!(locale, "fetch-too-large", mebibytes = *mebibytes),
        NoFile::NoAnswer(cause) => tr!(locale, "fetch-no-answer", cause = obstacle(locale, cause)),
        NoFile::BrokeOff(cause) => tr!(locale, "fetch-broke-off", cause = obstacle(locale, cause)),
        NoFile::Unpack => tr!(locale, "fetch-unpack"),
        NoFile::Circle => tr!(locale, "fetch-circle"),
        NoFile::OnAndOn => tr!(locale, "fetch-on-and-on"),
        NoFile::Unveiled => tr!(locale, "fetch-unveiled"),
        NoFile::NoList(error) => no_list(locale, error),
        NoFile::NoRules(error) => no_rules(locale, *error),
        NoFile::Address => tr!(locale, "fetch-address"),
    }
}

/// Why an answer is no list of nodes.
fn no_list(locale: Locale, error: &NoList) -> String {
    match error {
        NoList::Empty => tr!(locale, "answer-empty"),
        NoList::NotText => tr!(locale, "answer-no-text"),
        NoList::Whole(error) => list(locale, error),
        NoList::Version(version) => tr!(locale, "answer-version", version = version.to_string()),
        NoList::NothingUsable { refused, first } => {
            tr!(locale, "answer-nothing-usable", refused = refused.to_string(), first = link(locale, first))
        }
    }
}

/// Why an answer is no list of rules.
fn no_rules(locale: Locale, error: NoRules) -> String {
    match error {
        NoRules::Empty => tr!(locale, "rules-answer-empty"),
        NoRules::WebPage => tr!(locale, "rules-answer-web-page"),
        NoRules::NotBase64 => tr!(locale, "rules-answer-not-base64"),
        NoRules::NoHead => tr!(locale, "rules-answer-no-head"),
        NoRules::Damaged => tr!(locale, "rules-answer-damaged"),
        NoRules::NoRules => tr!(locale, "rules-answer-no-rules"),
    }
}

/// Why a subscription cannot be as it is wanted.
pub(super) fn misfit(locale: Locale, misfit: &Misfit) -> String {
    match misfit {
        Misfit::NoAddress => tr!(locale, "misfit-address"),
        Misfit::KnownAddress(name) => tr!(locale, "misfit-known-address", name = one_line(name)),
        Misfit::Name => tr!(locale, "misfit-name", most = LONGEST_NAME),
        Misfit::KnownName(name) => tr!(locale, "misfit-known-name", name = one_line(name)),
        Misfit::Interval => tr!(locale, "misfit-interval", most = LONGEST_INTERVAL_H.to_string()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::Obstacle;

    /// In English a reason has the words of its type; in Chinese it has others, if it is not made of names.
    #[track_caller]
    pub(in crate::i18n) fn check(said: impl Fn(Locale) -> String, own: &str) {
        assert_eq!(said(Locale::English), own);
        let chinese = said(Locale::Chinese);
        assert!(chinese.chars().any(|character| ('\u{4e00}'..'\u{9fff}').contains(&character)), "{chinese}");
    }

    #[test]
    fn each_refused_link_is_explained_in_both_languages() {
        let name = || Some("auth_chain_z".to_owned());
        let errors = [
            LinkError::NoLink,
            LinkError::Unsupported("vmess".into()),
            LinkError::Credentials,
            LinkError::NoPassword,
            LinkError::LoginLength,
            LinkError::Cipher(Some("aes-192-gcm".into())),
            LinkError::Cipher(None),
            LinkError::Key(KeyError::Empty),
            LinkError::Key(KeyError::NotBase64("2022-blake3-aes-256-gcm".into())),
            LinkError::Key(KeyError::Length { cipher: "2022-blake3-aes-256-gcm".into(), wanted: 32, found: 16 }),
            LinkError::NotBase64(Part::Whole),
            LinkError::NotBase64(Part::Password),
            LinkError::NotBase64(Part::ObfsParam),
            LinkError::Parts,
            LinkError::Name(UnsupportedName::Method(name())),
            LinkError::Name(UnsupportedName::Method(None)),
            LinkError::Name(UnsupportedName::Protocol(name())),
            LinkError::Name(UnsupportedName::Protocol(None)),
            LinkError::Name(UnsupportedName::Obfs(name())),
            LinkError::Name(UnsupportedName::Obfs(None)),
            LinkError::Host,
            LinkError::NoPort,
            LinkError::Port,
            LinkError::Path,
            LinkError::Plugin,
            LinkError::UnknownPlugin("shadow-tls".into()),
            LinkError::Page,
        ];
        for error in errors {
            check(|locale| link(locale, &error), &error.to_string());
            let crossed: LinkError = serde_json::from_str(&serde_json::to_string(&error).unwrap()).unwrap();
            assert_eq!(crossed, error, "it crosses the door");
        }
        let lists = [
            ListError::WebPage,
            ListError::Json { line: 1_200, column: 4 },
            ListError::Yaml { line: Some(3) },
            ListError::Yaml { line: None },
            ListError::NoServers,
            ListError::TooMany(50_000),
            ListError::TooMuch,
        ];
        for error in lists {
            check(|locale| list(locale, &error), &error.to_string());
        }
    }

    #[test]
    fn each_file_that_did_not_come_is_explained_in_both_languages() {
        let refused = || NoList::NothingUsable { refused: 1_200, first: LinkError::NoLink };
        let version = || NoList::Version(2.into());
        let lists = [NoList::Empty, NoList::NotText, ListError::WebPage.into(), version(), refused()];
        let cause = || Obstacle::Refused;
        let all = [
            NoFile::Connect(cause()),
            NoFile::TimeLimit(60),
            NoFile::Status("500 Internal Server Error".into()),
            NoFile::TooLarge(8),
            NoFile::NoAnswer(cause()),
            NoFile::BrokeOff(cause()),
            NoFile::Unpack,
            NoFile::Address,
            NoFile::NoRules(NoRules::Damaged),
            NoFile::Circle,
            NoFile::OnAndOn,
            NoFile::Unveiled,
        ];
        for direct in all.into_iter().chain(lists.map(NoFile::NoList)) {
            let gateway = Some(NoFile::TimeLimit(60));
            for unfetched in [Unfetched { gateway: None, direct: direct.clone() }, Unfetched { gateway, direct }] {
                let told = unfetched.to_string();
                check(|locale| self::unfetched(locale, &unfetched), &told);
            }
        }
        let (name, other) = ("Cloud".to_owned(), "Sky".to_owned());
        for misfit in
            [Misfit::NoAddress, Misfit::KnownAddress(name), Misfit::Name, Misfit::KnownName(other), Misfit::Interval]
        {
            check(|locale| self::misfit(locale, &misfit), &misfit.to_string());
        }
    }

    #[test]
    fn each_setting_says_what_is_wanted_in_both_languages() {
        let all = [
            Wanted::Number { low: 16, high: 1_000_000 },
            Wanted::AnyNumber,
            Wanted::Boolean,
            Wanted::OneOf(vec!["en".into(), "zh-CN".into()]),
            Wanted::LoopbackOrLogin,
            Wanted::OtherPort,
            Wanted::Address,
            Wanted::LoginLengths,
            Wanted::Login,
            Wanted::WebAddress,
            Wanted::Pages,
            Wanted::Statuses,
            Wanted::Schedule,
            Wanted::PlainText,
            Wanted::Key,
            Wanted::Host,
            Wanted::AddressOrHost,
            Wanted::LogFilter,
            Wanted::Text,
            Wanted::List,
            Wanted::Object,
            Wanted::Other("unlike anything".into()),
        ];
        for wanted in all {
            let invalid = Invalid::new("some.key", wanted);
            check(|locale| self::invalid(locale, &invalid), &invalid.to_string());
        }
    }
}
