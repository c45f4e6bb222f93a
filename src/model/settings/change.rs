//! A setting that gets another value, as it is shown before that.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A setting with another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Its dotted key.
    pub key: String,
    /// The value now; a password is `***`.
    pub from: Value,
    /// The value in the backup; a password is `***`.
    pub to: Value,
}
