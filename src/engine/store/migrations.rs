//! Versions of our files. A migration is frozen once it is released: it converts a file from one version to the next
//! with JSON values only, so that it does not depend on our current types.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Versioned;
use crate::engine::nodes::NodeFile;
use crate::engine::subscriptions::SubscriptionFile;
use crate::engine::traffic::TrafficFile;
use crate::model::{FileProblem, Settings, settings};
use crate::sites::SiteFile;

/// Converts a file from one version to the next.
type Migration = fn(Value) -> Value;

/// The format of a file.
pub(in crate::engine) struct FileFormat<T> {
    /// The version that this program writes.
    version: u32,
    /// The migrations from version 1, from version 2, and so on.
    steps: &'static [Migration],
    /// Validation beyond the types.
    check: fn(&T) -> Result<(), FileProblem>,
}

/// `settings.json`.
pub(in crate::engine) const SETTINGS: FileFormat<Settings> = FileFormat {
    version: settings::VERSION,
    steps: &[],
    check: |settings| settings.validate().map_err(FileProblem::Setting),
};

/// `nodes.json`.
pub(in crate::engine) const NODES: FileFormat<NodeFile> = FileFormat { version: 1, steps: &[], check: |_| Ok(()) };

/// `subscriptions.json`.
pub(in crate::engine) const SUBSCRIPTIONS: FileFormat<SubscriptionFile> =
    FileFormat { version: 1, steps: &[], check: SubscriptionFile::check };

/// `traffic.json`.
pub(in crate::engine) const TRAFFIC: FileFormat<TrafficFile> = FileFormat { version: 1, steps: &[], check: |_| Ok(()) };

/// `sites.json`.
pub(in crate::engine) const SITES: FileFormat<SiteFile> = FileFormat { version: 1, steps: &[], check: |_| Ok(()) };

impl<T: DeserializeOwned> FileFormat<T> {
    /// Parses a text of any version up to ours.
    pub(in crate::engine) fn parse(&self, text: &str) -> Result<T, FileProblem> {
        let tree: Value = serde_json::from_str(text).map_err(|error| FileProblem::of(&error))?;
        self.read(tree)
    }

    /// Converts the JSON of a file.
    pub(in crate::engine) fn read(&self, tree: Value) -> Result<T, FileProblem> {
        let Versioned { version } = Versioned::deserialize_from(&tree)?;
        let unknown = || FileProblem::Version { found: version, known: self.version };
        let past = version.checked_sub(1).filter(|_| version <= self.version).ok_or_else(unknown)?;
        let newest = self.steps.iter().skip(past as usize).fold(tree, |tree, step| step(tree));
        let value = serde_json::from_value(newest).map_err(|error| FileProblem::of(&error))?;
        (self.check)(&value)?;
        Ok(value)
    }
}

impl Versioned {
    fn deserialize_from(tree: &Value) -> Result<Self, FileProblem> {
        serde::Deserialize::deserialize(tree).map_err(|error| FileProblem::of(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Third {
        version: u32,
        width: u32,
    }

    const THIRD: FileFormat<Third> = FileFormat {
        version: 3,
        steps: &[
            |mut tree| {
                tree["breadth"] = tree["size"].take();
                tree.as_object_mut().unwrap().remove("size");
                tree["version"] = 2.into();
                tree
            },
            |mut tree| {
                tree["width"] = tree["breadth"].take();
                tree.as_object_mut().unwrap().remove("breadth");
                tree["version"] = 3.into();
                tree
            },
        ],
        check: |_| Ok(()),
    };

    #[test]
    fn every_earlier_version_is_migrated() {
        let wide = Third { version: 3, width: 7 };
        for text in [r#"{"version":1,"size":7}"#, r#"{"version":2,"breadth":7}"#, r#"{"version":3,"width":7}"#] {
            assert_eq!(THIRD.parse(text).unwrap(), wide, "{text}");
        }
    }

    #[test]
    fn newer_versions_are_rejected_by_number() {
        let problem = THIRD.parse(r#"{"version":4}"#).unwrap_err().to_string();
        assert_eq!(problem, "version 4 is not supported (supported: 1 to 3)");
    }

    #[test]
    fn a_value_in_the_wrong_place_is_not_quoted() {
        let problem = THIRD.parse(r#"{"version":3,"width":"hunter2"}"#).unwrap_err().to_string();
        assert_eq!(problem, "wrong value, expected a number");
    }

    #[test]
    fn syntax_errors_name_their_position() {
        assert_eq!(THIRD.parse("{\n  oops").unwrap_err().to_string(), "invalid JSON at line 2, column 3");
        assert!(THIRD.parse("{").unwrap_err().to_string().contains("unexpected end of file"));
    }
}
