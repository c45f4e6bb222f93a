//! Sentences about what lies behind a fault, and what is wrong with a file.

use super::reasons::{invalid, link, list, misfit, unfetched, wanted};
use super::troubles::obstacle;
use super::words::one_line;
use super::{Locale, tr};
use crate::model::{BackupProblem, Cause, DesktopProblem, Doing, FileProblem, LineError, Nobody};

/// What lies behind a fault.
pub fn cause(locale: Locale, cause: &Cause) -> String {
    match cause {
        Cause::Setting(invalid) => self::invalid(locale, invalid),
        Cause::List(error) => list(locale, error),
        Cause::Link(error) => link(locale, error),
        Cause::Unfetched(unfetched) => self::unfetched(locale, unfetched),
        Cause::Subscription(misfit) => self::misfit(locale, misfit),
        Cause::Met(why) => obstacle(locale, why),
        Cause::At { place, why } => {
            tr!(locale, "fault-detail", what = one_line(place), detail = obstacle(locale, why))
        }
        Cause::File { doing, file, why } => {
            let (doing, why) = (self::doing(locale, *doing), obstacle(locale, why));
            tr!(locale, "cause-file", doing = doing, file = one_line(file), why = why)
        }
        Cause::HeldBy { addr, program } => {
            tr!(locale, "cause-held-by", address = &**addr, program = one_line(program))
        }
        Cause::Line { file, line, why } => at_line(locale, file, *line, why),
        Cause::Nobody(nobody) => self::nobody(locale, *nobody),
        Cause::Desktop(problem) => desktop(locale, problem),
        Cause::Backup(problem) => backup(locale, problem),
        Cause::Broken(problem) => file(locale, problem),
        Cause::Versions { engine, program } => {
            tr!(locale, "cause-versions", engine = one_line(engine), program = one_line(program))
        }
        Cause::Door(why) => tr!(locale, "cause-door", why = obstacle(locale, why)),
        // As text: numbers of people get marks between their digits.
        Cause::Process(pid) => tr!(locale, "cause-process", pid = pid.to_string()),
        Cause::NoHome => tr!(locale, "cause-no-home"),
        Cause::NotOurs(folder) => tr!(locale, "cause-not-ours", folder = one_line(folder)),
    }
}

fn at_line(locale: Locale, file: &str, line: u32, why: &LineError) -> String {
    let (line, why) = (line.to_string(), self::line(locale, why));
    tr!(locale, "cause-line", file = one_line(file), line = line, why = why)
}

fn doing(locale: Locale, doing: Doing) -> String {
    match doing {
        Doing::Read => tr!(locale, "doing-read"),
        Doing::Write => tr!(locale, "doing-write"),
        Doing::SetAside => tr!(locale, "doing-set-aside"),
        Doing::Remove => tr!(locale, "doing-remove"),
        Doing::Make => tr!(locale, "doing-make"),
        Doing::Use => tr!(locale, "doing-use"),
    }
}

fn nobody(locale: Locale, nobody: Nobody) -> String {
    match nobody {
        Nobody::NoneYet => tr!(locale, "nobody-none-yet"),
        Nobody::NoneChosen => tr!(locale, "nobody-none-chosen"),
        Nobody::AllExcluded => tr!(locale, "nobody-all-excluded"),
        Nobody::NoneOfGroup => tr!(locale, "nobody-none-of-group"),
        Nobody::Closed => tr!(locale, "nobody-closed"),
    }
}

fn desktop(locale: Locale, problem: &DesktopProblem) -> String {
    match problem {
        DesktopProblem::Settings(why) => tr!(locale, "desktop-settings", why = obstacle(locale, why)),
        DesktopProblem::NotTaken(setting) => tr!(locale, "desktop-not-taken", setting = one_line(setting)),
        DesktopProblem::Lease(why) => tr!(locale, "desktop-lease", why = obstacle(locale, why)),
        DesktopProblem::Watcher(why) => tr!(locale, "desktop-watcher", why = obstacle(locale, why)),
    }
}

fn backup(locale: Locale, problem: &BackupProblem) -> String {
    match problem {
        BackupProblem::EndsEarly => tr!(locale, "backup-ends-early"),
        BackupProblem::NoBackup => tr!(locale, "backup-none"),
        BackupProblem::Newer(by) => tr!(locale, "backup-newer", by = one_line(by)),
        BackupProblem::Version => tr!(locale, "backup-version"),
        BackupProblem::Damaged => tr!(locale, "backup-damaged"),
        BackupProblem::NoText(part) => tr!(locale, "backup-no-text", part = one_line(part)),
        BackupProblem::NothingToUndo => tr!(locale, "backup-nothing-to-undo"),
        BackupProblem::Part { part, why } => {
            tr!(locale, "fault-detail", what = one_line(part), detail = file(locale, why))
        }
        BackupProblem::Line { part, line, why } => at_line(locale, part, *line, why),
    }
}

/// What is wrong with a file of ours.
pub fn file(locale: Locale, problem: &FileProblem) -> String {
    match problem {
        FileProblem::EndsEarly { line, column } => {
            tr!(locale, "broken-ends-early", line = line.to_string(), column = column.to_string())
        }
        FileProblem::NoJson { line, column } => {
            tr!(locale, "broken-no-json", line = line.to_string(), column = column.to_string())
        }
        FileProblem::Version { found, known } => {
            tr!(locale, "broken-version", found = found.to_string(), known = known.to_string())
        }
        FileProblem::WrongValue(wanted) => tr!(locale, "broken-wrong-value", wanted = self::wanted(locale, wanted)),
        FileProblem::Missing(key) => tr!(locale, "broken-missing", key = one_line(key)),
        FileProblem::Unknown(key) => tr!(locale, "broken-unknown", key = one_line(key)),
        FileProblem::Setting(invalid) => self::invalid(locale, invalid),
        FileProblem::Names => tr!(locale, "broken-names"),
        FileProblem::Other(text) => one_line(text),
    }
}

/// Why a line is no rule.
pub fn line(locale: Locale, error: &LineError) -> String {
    match error {
        LineError::TooLong(bytes) => tr!(locale, "line-too-long", bytes = bytes.to_string()),
        LineError::Everything => tr!(locale, "line-everything"),
        LineError::NoDomain => tr!(locale, "line-no-domain"),
        LineError::NotAscii => tr!(locale, "line-not-ascii"),
        LineError::Regex(why) => tr!(locale, "line-regex", why = one_line(why)),
        LineError::NotForBrowsers => tr!(locale, "line-not-for-browsers"),
        LineError::NoSection(section) => tr!(locale, "line-no-section", section = one_line(section)),
        LineError::BeforeSection => tr!(locale, "line-before-section"),
        LineError::NoNetwork(network) => tr!(locale, "line-no-network", network = one_line(network)),
        LineError::AddressForName(name) => tr!(locale, "line-address-for-name", name = one_line(name)),
        LineError::NoName(name) => tr!(locale, "line-no-name", name = one_line(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reasons::tests::check;
    use super::*;
    use crate::model::Obstacle;
    use crate::model::settings::{Invalid, Wanted};

    fn check_cause(cause: Cause) {
        check(|locale| self::cause(locale, &cause), &cause.to_string());
        let crossed: Cause = serde_json::from_str(&serde_json::to_string(&cause).unwrap()).unwrap();
        assert_eq!(crossed, cause, "it crosses the door");
    }

    #[test]
    fn each_cause_is_explained_in_both_languages() {
        let file = || "/etc/x.acl".to_owned();
        let why = || Obstacle::Forbidden;
        let doings = [Doing::Read, Doing::Write, Doing::SetAside, Doing::Remove, Doing::Make, Doing::Use];
        let causes = [
            Cause::Met(why()),
            Cause::At { place: "127.0.0.1:1080".into(), why: why() },
            Cause::HeldBy { addr: "127.0.0.1:1080".into(), program: "nginx (pid 1234)".into() },
            Cause::Line { file: file(), line: 1_200, why: LineError::NoDomain },
            Cause::Desktop(DesktopProblem::Settings(why())),
            Cause::Desktop(DesktopProblem::NotTaken("ProxyType".into())),
            Cause::Desktop(DesktopProblem::Lease(why())),
            Cause::Desktop(DesktopProblem::Watcher(why())),
            Cause::Versions { engine: "0.2.0".into(), program: "0.1.0".into() },
            Cause::Door(why()),
            Cause::Process(4_711),
            Cause::NoHome,
            Cause::NotOurs("/tmp/run".into()),
        ];
        let nobodies = [Nobody::NoneYet, Nobody::NoneChosen, Nobody::AllExcluded, Nobody::NoneOfGroup, Nobody::Closed];
        causes.into_iter().for_each(check_cause);
        doings.into_iter().for_each(|doing| check_cause(Cause::File { doing, file: file(), why: why() }));
        nobodies.into_iter().for_each(|nobody| check_cause(Cause::Nobody(nobody)));
    }

    #[test]
    fn each_broken_file_is_explained_in_both_languages() {
        let files = [
            FileProblem::EndsEarly { line: 1_200, column: 3 },
            FileProblem::NoJson { line: 1, column: 3 },
            FileProblem::Version { found: 9, known: 1 },
            FileProblem::WrongValue(Wanted::Boolean),
            FileProblem::Missing("version".into()),
            FileProblem::Unknown("surprise".into()),
            FileProblem::Setting(Invalid::new("cluster.size", Wanted::AnyNumber)),
            FileProblem::Names,
        ];
        let backups = [
            BackupProblem::EndsEarly,
            BackupProblem::NoBackup,
            BackupProblem::Newer("9.9.9".into()),
            BackupProblem::Version,
            BackupProblem::Damaged,
            BackupProblem::NothingToUndo,
            BackupProblem::NoText("rules".into()),
            BackupProblem::Line { part: "rules".into(), line: 2, why: LineError::Everything },
        ];
        let parts = files.clone().map(|why| BackupProblem::Part { part: "nodes".into(), why });
        files.into_iter().for_each(|problem| check_cause(Cause::Broken(problem)));
        backups.into_iter().chain(parts).for_each(|problem| check_cause(Cause::Backup(problem)));
    }

    #[test]
    fn each_bad_line_is_explained_in_both_languages() {
        let name = || "a.example".to_owned();
        let errors = [
            LineError::TooLong(2_048),
            LineError::Everything,
            LineError::NoDomain,
            LineError::NotAscii,
            LineError::Regex("unclosed group".into()),
            LineError::NotForBrowsers,
            LineError::NoSection("[proxy_lost]".into()),
            LineError::BeforeSection,
            LineError::NoNetwork("10.0.0.0/33".into()),
            LineError::AddressForName(name()),
            LineError::NoName(name()),
        ];
        for error in errors {
            check(|locale| line(locale, &error), &error.to_string());
        }
    }
}
