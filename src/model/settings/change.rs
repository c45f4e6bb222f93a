//! A change of a setting, as previews show it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change of a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Its dotted key.
    pub key: String,
    /// The current value; a password is `***`.
    pub from: Value,
    /// The new value; a password is `***`.
    pub to: Value,
}
