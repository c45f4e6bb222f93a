//! Why a subscription cannot be as it is wanted.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

/// The longest time between two updates of a subscription, in hours: a year.
pub const LONGEST_INTERVAL_H: u64 = 8_760;

/// The longest name of a subscription, in bytes.
pub const LONGEST_NAME: usize = 256;

messages! {
    /// Why a subscription cannot be as it is wanted. Repeats nothing of an address.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Misfit {
        /// Its address is none that can be fetched from.
        NoAddress = "misfit-address",
        /// Another one has the address.
        KnownAddress(name: String) = "misfit-known-address",
        /// Its name is empty, too long, or more than a line.
        Name = "misfit-name" [most = LONGEST_NAME],
        /// Another one has the name.
        KnownName(name: String) = "misfit-known-name",
        /// It would be asked less than once a year.
        Interval = "misfit-interval" [most = LONGEST_INTERVAL_H],
    }
}
