//! Why a line of a rule file is invalid.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// Why a line of a rule file is invalid.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum LineError {
        /// Longer than this many bytes.
        TooLong(bytes: usize) = "line-too-long",
        /// It would match every URL.
        Everything = "line-everything",
        /// The domain is missing.
        NoDomain = "line-no-domain",
        /// A regular expression with characters that are not in URLs.
        NotAscii = "line-not-ascii",
        /// A regular expression with a syntax error, as reported by the parser.
        Regex(why: String) = "line-regex",
        /// The regular expressions of the list are too complex together.
        TooComplex = "line-too-complex",
        /// An Adblock Plus rule with options, which are not supported.
        Options(options: String) = "line-options",
        /// An Adblock Plus rule that hides elements of pages.
        ElementHiding = "line-element-hiding",
        /// It contains a `#`: fragments are not part of requests.
        Fragment = "line-fragment",
        /// A regular expression that browsers do not support.
        NotForBrowsers = "line-not-for-browsers",
        /// An unknown section.
        NoSection(section: String) = "line-no-section",
        /// An entry before the first section.
        BeforeSection = "line-before-section",
        /// It looks like a network, but is invalid.
        NoNetwork(network: String) = "line-no-network",
        /// An address, where only a name is allowed.
        AddressForName(name: String) = "line-address-for-name",
        /// It is not a valid host name.
        NoName(name: String) = "line-no-name",
    }
}
