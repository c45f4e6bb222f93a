//! An HTTP status.

use serde::{Deserialize, Serialize};

#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, one_line};

/// An HTTP status with its phrase: `503 Service Unavailable`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HttpStatus(String);

impl From<String> for HttpStatus {
    fn from(status: String) -> Self {
        Self(status)
    }
}

/// Other languages show only the number, because the phrase is English.
impl Localize for HttpStatus {
    fn localize(&self, locale: Locale) -> String {
        match locale {
            Locale::English => one_line(&self.0),
            Locale::SimplifiedChinese | Locale::TraditionalChinese | Locale::Russian => {
                one_line(self.0.split(' ').next().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
impl Samples for HttpStatus {
    fn samples() -> Vec<Self> {
        vec![Self("503 Service Unavailable".into())]
    }
}
