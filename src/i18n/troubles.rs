//! Sentences about what went wrong on the way to a page, with a member's program, or with a file: what the
//! system, a server or a program said, as far as that is known by its kind. What is not is repeated as it came.

use super::words::{failure, one_line};
use super::{Locale, reasons, tr};
use crate::model::exit::{self, Exit};
use crate::model::failure::Trouble;
use crate::model::outcome::Signal;
use crate::model::{Obstacle, Reason};

/// What went wrong at a stage.
pub fn trouble(locale: Locale, trouble: &Trouble) -> String {
    match trouble {
        Trouble::NoAnswerWithin(seconds) => tr!(locale, "trouble-no-answer", seconds = *seconds),
        Trouble::Silent(seconds) => tr!(locale, "trouble-silent", seconds = *seconds),
        Trouble::Met(obstacle) => self::obstacle(locale, obstacle),
        Trouble::Unreached => tr!(locale, "trouble-unreached"),
        Trouble::NotAllowed => tr!(locale, "trouble-not-allowed"),
        Trouble::NotSocks5 => tr!(locale, "trouble-not-socks5"),
        Trouble::Status(status) => tr!(locale, "trouble-status", status = http_status(locale, status)),
        Trouble::Unfinished => tr!(locale, "trouble-unfinished"),
        Trouble::BrokeOff(cause) => tr!(locale, "trouble-broke-off", cause = obstacle(locale, cause)),
        Trouble::Login => tr!(locale, "trouble-login"),
        Trouble::NotReady(seconds) => tr!(locale, "trouble-not-ready", seconds = *seconds),
        Trouble::Program(cause) => tr!(locale, "trouble-program", cause = obstacle(locale, cause)),
        Trouble::NoProgram(program) => tr!(locale, "trouble-no-program", program = one_line(program)),
        Trouble::NotStarted { program, why } => {
            tr!(locale, "trouble-not-started", program = one_line(program), cause = obstacle(locale, why))
        }
        Trouble::Ended { program, exit, said } => {
            let ended = tr!(locale, "trouble-ended", program = one_line(program), status = self::exit(locale, exit));
            let said = one_line(said);
            if said.is_empty() { ended } else { tr!(locale, "fault-detail", what = ended, detail = said) }
        }
        Trouble::ConfigFile(cause) => tr!(locale, "trouble-config-file", cause = obstacle(locale, cause)),
        Trouble::NoPort(cause) => tr!(locale, "trouble-no-port", cause = obstacle(locale, cause)),
        // As text: numbers of people get marks between their digits, ports do not.
        Trouble::NoFreePort(base) => tr!(locale, "trouble-no-free-port", base = base.to_string()),
        Trouble::PortTaken => tr!(locale, "trouble-port-taken"),
        Trouble::NotUnderstood(column) => tr!(locale, "trouble-not-understood", column = column.to_string()),
        Trouble::Method(method) => tr!(locale, "trouble-method", method = method.escape_debug().to_string()),
        Trouble::Key(error) => reasons::key(locale, error),
        Trouble::Unanswered(seen) => tr!(locale, "trouble-unanswered", seen = self::seen(locale, *seen)),
        Trouble::Again(seen) => tr!(locale, "trouble-again", seen = self::seen(locale, *seen)),
    }
}

/// What stood in the way.
pub fn obstacle(locale: Locale, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Refused => tr!(locale, "obstacle-refused"),
        Obstacle::Reset => tr!(locale, "obstacle-reset"),
        Obstacle::Closed => tr!(locale, "obstacle-closed"),
        Obstacle::Late => tr!(locale, "obstacle-late"),
        Obstacle::NoRoute => tr!(locale, "obstacle-no-route"),
        Obstacle::NoAddress => tr!(locale, "obstacle-no-address"),
        Obstacle::InUse => tr!(locale, "obstacle-in-use"),
        Obstacle::NotHere => tr!(locale, "obstacle-not-here"),
        Obstacle::Forbidden => tr!(locale, "obstacle-forbidden"),
        Obstacle::Missing => tr!(locale, "obstacle-missing"),
        Obstacle::There => tr!(locale, "obstacle-there"),
        Obstacle::Full => tr!(locale, "obstacle-full"),
        Obstacle::TooLarge => tr!(locale, "obstacle-too-large"),
        Obstacle::ReadOnly => tr!(locale, "obstacle-read-only"),
        Obstacle::NoFolder => tr!(locale, "obstacle-no-folder"),
        Obstacle::Folder => tr!(locale, "obstacle-folder"),
        Obstacle::NoProgram => tr!(locale, "obstacle-no-program"),
        Obstacle::TooManyOpen => tr!(locale, "obstacle-too-many-open"),
        Obstacle::NoMemory => tr!(locale, "obstacle-no-memory"),
        Obstacle::Unsupported => tr!(locale, "obstacle-unsupported"),
        Obstacle::MissingProgram(program) => {
            tr!(locale, "obstacle-missing-program", program = one_line(program))
        }
        Obstacle::NoHome => tr!(locale, "obstacle-no-home"),
        Obstacle::Package => tr!(locale, "obstacle-package"),
        Obstacle::Unfinished => tr!(locale, "obstacle-unfinished"),
        Obstacle::NotHttp => tr!(locale, "obstacle-not-http"),
        Obstacle::UnknownIssuer => tr!(locale, "obstacle-unknown-issuer"),
        Obstacle::CertificateTime => tr!(locale, "obstacle-certificate-time"),
        Obstacle::CertificateName => tr!(locale, "obstacle-certificate-name"),
        Obstacle::Certificate => tr!(locale, "obstacle-certificate"),
        Obstacle::Tls => tr!(locale, "obstacle-tls"),
        Obstacle::Other(text) => one_line(text),
    }
}

/// How a program ended.
pub fn exit(locale: Locale, exit: &Exit) -> String {
    match exit {
        Exit::Status(status) => tr!(locale, "exit-status", status = status.to_string()),
        Exit::Signal(number) => tr!(locale, "exit-signal", signal = exit::signal(*number)),
        Exit::Other(text) => one_line(text),
    }
}

/// Why a member is as it is.
pub fn reason(locale: Locale, reason: &Reason) -> String {
    match reason {
        Reason::WantedAgain => tr!(locale, "reason-wanted-again"),
        Reason::NotWanted => tr!(locale, "reason-not-wanted"),
        Reason::OneTooMany => tr!(locale, "reason-one-too-many"),
        Reason::PassesAgain => tr!(locale, "reason-passes-again"),
        Reason::Failed(failure) => self::failure(locale, failure),
        Reason::FailedChecks(failure) => {
            tr!(locale, "reason-failed-checks", failure = self::failure(locale, failure))
        }
        Reason::Seen(signal) => seen(locale, *signal),
        Reason::Ended(exit) => tr!(locale, "reason-ended", status = self::exit(locale, exit)),
    }
}

/// An HTTP status: its phrase is English, and elsewhere the number says as much.
pub(super) fn http_status(locale: Locale, status: &str) -> String {
    match locale {
        Locale::English => one_line(status),
        Locale::Chinese => one_line(status.split(' ').next().unwrap_or_default()),
    }
}

/// What real traffic showed of a member.
fn seen(locale: Locale, signal: Signal) -> String {
    match signal {
        Signal::FirstByte | Signal::Unanswered => String::new(),
        Signal::ClosedEmpty => tr!(locale, "seen-closed-empty"),
        Signal::ClosedAlone => tr!(locale, "seen-closed-alone"),
        Signal::WrongAnswer => tr!(locale, "seen-wrong-answer"),
        Signal::Silent => tr!(locale, "seen-silent"),
        Signal::ConnectFailed => tr!(locale, "seen-connect-failed"),
        Signal::HandshakeFailed => tr!(locale, "seen-handshake-failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reasons::tests::check;
    use super::*;
    use crate::model::cipher::KeyError;
    use crate::model::{Failure, Stage};

    const SIGNALS: [Signal; 6] = [
        Signal::ClosedEmpty,
        Signal::ClosedAlone,
        Signal::WrongAnswer,
        Signal::Silent,
        Signal::ConnectFailed,
        Signal::HandshakeFailed,
    ];

    #[test]
    fn each_failed_check_is_explained_in_both_languages() {
        let program = || "/usr/bin/ss-local".to_owned();
        let all = [
            Trouble::NoAnswerWithin(5),
            Trouble::Silent(5),
            Trouble::Met(Obstacle::Refused),
            Trouble::Unreached,
            Trouble::NotAllowed,
            Trouble::NotSocks5,
            Trouble::Status("503 Service Unavailable".into()),
            Trouble::Unfinished,
            Trouble::BrokeOff(Obstacle::Reset),
            Trouble::Login,
            Trouble::NotReady(10),
            Trouble::Program(Obstacle::NoMemory),
            Trouble::NoProgram(program()),
            Trouble::NotStarted { program: program(), why: Obstacle::Forbidden },
            Trouble::Ended { program: program(), exit: Exit::Status(3), said: "bad key".into() },
            Trouble::Ended { program: program(), exit: Exit::Signal(9), said: String::new() },
            Trouble::ConfigFile(Obstacle::Full),
            Trouble::NoPort(Obstacle::TooManyOpen),
            Trouble::NoFreePort(21_080),
            Trouble::PortTaken,
            Trouble::NotUnderstood(12),
            Trouble::Method("rot13".into()),
            Trouble::Key(KeyError::Empty),
        ];
        let of_traffic = SIGNALS.into_iter().flat_map(|signal| [Trouble::Unanswered(signal), Trouble::Again(signal)]);
        for trouble in all.into_iter().chain(of_traffic) {
            check(|locale| self::trouble(locale, &trouble), &trouble.to_string());
        }
    }

    #[test]
    fn each_obstacle_has_words_in_both_languages() {
        let all = [
            Obstacle::Refused,
            Obstacle::Reset,
            Obstacle::Closed,
            Obstacle::Late,
            Obstacle::NoRoute,
            Obstacle::NoAddress,
            Obstacle::InUse,
            Obstacle::NotHere,
            Obstacle::Forbidden,
            Obstacle::Missing,
            Obstacle::There,
            Obstacle::Full,
            Obstacle::TooLarge,
            Obstacle::ReadOnly,
            Obstacle::NoFolder,
            Obstacle::Folder,
            Obstacle::NoProgram,
            Obstacle::TooManyOpen,
            Obstacle::NoMemory,
            Obstacle::Unsupported,
            Obstacle::MissingProgram("xdg-mime".into()),
            Obstacle::NoHome,
            Obstacle::Package,
            Obstacle::Unfinished,
            Obstacle::NotHttp,
            Obstacle::UnknownIssuer,
            Obstacle::CertificateTime,
            Obstacle::CertificateName,
            Obstacle::Certificate,
            Obstacle::Tls,
        ];
        for obstacle in all {
            check(|locale| self::obstacle(locale, &obstacle), &obstacle.to_string());
        }
    }

    #[test]
    fn each_reason_is_said_in_both_languages() {
        let failure = || Failure::known(Stage::Tcp, Obstacle::Refused);
        let all = [
            Reason::WantedAgain,
            Reason::NotWanted,
            Reason::OneTooMany,
            Reason::PassesAgain,
            Reason::Failed(failure()),
            Reason::FailedChecks(failure()),
            Reason::Ended(Exit::Status(1)),
            Reason::Ended(Exit::Signal(11)),
        ];
        for reason in all.into_iter().chain(SIGNALS.map(Reason::Seen)) {
            check(|locale| self::reason(locale, &reason), &reason.to_string());
            let crossed: Reason = serde_json::from_str(&serde_json::to_string(&reason).unwrap()).unwrap();
            assert_eq!(crossed, reason, "it crosses the door");
        }
    }
}
