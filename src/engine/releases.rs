//! The newest release of this program, for users who have turned the check on.
//!
//! It is asked for at most once a day. The file holds its version; the time of the file is that of the last attempt, so
//! that a restart does not ask again. It is read once, at the start. Nothing but a version is taken from a response,
//! of letters, digits, dots, hyphens and plus signs: it is shown as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use semver::Version;
use serde::Deserialize;

use super::store;
use crate::fetch::FetchResponse;
use crate::model::FetchError;

/// The shortest time between two attempts.
const INTERVAL: Duration = Duration::from_secs(24 * 3_600);

/// Maximum length of a version in bytes.
const MAX_VERSION: usize = 40;

/// Whether to ask for the newest release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ReleaseChecks {
    /// Not now.
    #[default]
    Off,
    /// When it is due.
    Daily,
}

/// The newest release.
pub(super) struct Releases {
    file: PathBuf,
    newest: Option<Version>,
    checks: ReleaseChecks,
    next_attempt: Instant,
}

impl Releases {
    /// As the file says; a missing or invalid one says nothing.
    pub(super) fn of(file: PathBuf, now: Instant) -> Self {
        let newest = store::read_text(&file).ok().flatten().and_then(|text| version(text.trim()));
        let written = fs::metadata(&file).and_then(|file| file.modified());
        // A file from the future counts as missing.
        let age = written.ok().and_then(|written| written.elapsed().ok());
        let next_attempt = now + age.map_or(Duration::ZERO, |age| INTERVAL.saturating_sub(age));
        Self { file, newest, checks: ReleaseChecks::Off, next_attempt }
    }

    /// The file.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Turns attempts on or off.
    pub(super) fn plan(&mut self, checks: ReleaseChecks) {
        self.checks = checks;
    }

    /// When the next attempt is due.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.checks {
            ReleaseChecks::Off => None,
            ReleaseChecks::Daily => Some(self.next_attempt),
        }
    }

    /// Records an attempt. The file may not be writable, so this is kept here too.
    pub(super) fn note_tried(&mut self, now: Instant) {
        self.next_attempt = now + INTERVAL;
    }

    /// Records its result.
    pub(super) fn note_newest(&mut self, newest: Version) {
        self.newest = Some(newest);
    }

    /// The content of the file.
    pub(super) fn text(&self) -> String {
        self.newest.as_ref().map(Version::to_string).unwrap_or_default()
    }

    /// The newest release, if it is newer than this program. Another build of the same version is not.
    pub(super) fn newer(&self) -> Option<String> {
        let own = Version::parse(env!("CARGO_PKG_VERSION")).expect("Cargo checks the version");
        self.newest.as_ref().filter(|newest| newest.cmp_precedence(&own).is_gt()).map(Version::to_string)
    }
}

/// A version that is released, not a preview.
fn version(text: &str) -> Option<Version> {
    let parsed = Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()?;
    (text.len() <= MAX_VERSION && parsed.pre.is_empty()).then_some(parsed)
}

/// The version in the description of a release, as GitHub sends it.
pub(super) fn described(response: FetchResponse) -> Result<Version, FetchError> {
    #[derive(Deserialize)]
    struct Description {
        tag_name: String,
    }

    let file = response.file.unwrap_or_default();
    let description: Option<Description> = serde_json::from_slice(&file).ok();
    description.and_then(|description| version(&description.tag_name)).ok_or(FetchError::NoRelease)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn answer(text: &str) -> Result<String, FetchError> {
        let response = FetchResponse { file: Some(text.into()), headers: Vec::new() };
        described(response).map(|version| version.to_string())
    }

    #[test]
    fn only_a_released_version_is_taken_from_a_response() {
        assert_eq!(answer(r#"{"tag_name":"v1.2.3","body":"x"}"#).as_deref(), Ok("1.2.3"));
        assert_eq!(answer(r#"{"tag_name":"1.2.3+deb12"}"#).as_deref(), Ok("1.2.3+deb12"));
        let long = format!(r#"{{"tag_name":"1.2.3+{}"}}"#, "x".repeat(100));
        let others = ["", "null", "[]", "{}", "<html>", r#"{"tag_name":7}"#, r#"{"tag_name":"nightly"}"#];
        for text in others.into_iter().chain([&*long, r#"{"tag_name":"v2.0.0-rc.1"}"#, r#"{"tag_name":"v1.2\n.3"}"#]) {
            assert_eq!(answer(text), Err(FetchError::NoRelease), "{text}");
        }
    }

    #[test]
    fn only_a_newer_version_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let mut releases = Releases::of(folder.path().join("release.txt"), Instant::now());
        assert_eq!(releases.newer(), None);
        let (own, rebuilt) = (env!("CARGO_PKG_VERSION"), concat!(env!("CARGO_PKG_VERSION"), "+2"));
        for (text, is_newer) in [("0.0.1", false), (own, false), (rebuilt, false), ("99.0.0", true)] {
            releases.note_newest(version(text).unwrap());
            assert_eq!(releases.newer(), is_newer.then(|| text.to_owned()));
        }
        fs::write(releases.file(), releases.text()).unwrap();
        assert_eq!(Releases::of(releases.file().to_owned(), Instant::now()).newer().as_deref(), Some("99.0.0"));
    }

    #[test]
    fn an_attempt_is_due_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("release.txt");
        let now = Instant::now();
        let start = || {
            let mut releases = Releases::of(file.clone(), now);
            assert_eq!(releases.due(), None, "it is off");
            releases.plan(ReleaseChecks::Daily);
            releases
        };
        let mut releases = start();
        assert_eq!(releases.due(), Some(now));
        releases.note_tried(now);
        assert_eq!(releases.due(), Some(now + INTERVAL));

        // After a restart, the file counts.
        fs::write(&file, "").unwrap();
        assert!(start().due().unwrap() > now + INTERVAL / 2);
        let set_modified = |time| fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        set_modified(SystemTime::now() - INTERVAL * 2);
        assert_eq!(start().due(), Some(now));
        set_modified(SystemTime::now() + INTERVAL * 2);
        assert_eq!(start().due(), Some(now), "the clock was set back");
    }

    #[test]
    fn an_invalid_file_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("release.txt");
        for content in [&b"\xff\xfe"[..], b"99.0.0\x1b[31m", b"99.0.0-rc.1", b"99.0.0 99.0.1"] {
            fs::write(&file, content).unwrap();
            assert_eq!(Releases::of(file.clone(), Instant::now()).newer(), None, "{content:?}");
        }
    }
}
