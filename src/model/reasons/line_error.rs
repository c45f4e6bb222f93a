//! Why a line is no rule, and none of an access list.

use serde::{Deserialize, Serialize};

use crate::locale::messages;

messages! {
    /// Why a line is no rule.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum LineError {
        /// More than so many bytes.
        TooLong(bytes: usize) = "line-too-long",
        /// It says nothing.
        Everything = "line-everything",
        /// There is no name where one is wanted.
        NoDomain = "line-no-domain",
        /// A regular expression with a letter that addresses do not have.
        NotAscii = "line-not-ascii",
        /// It is no regular expression; why, in the words of who reads them.
        Regex(why: String) = "line-regex",
        /// The expressions of the list are, all together, too large.
        TooComplex = "line-too-complex",
        /// A rule of Adblock Plus with options.
        Options(options: String) = "line-options",
        /// A rule of Adblock Plus that hides parts of pages.
        ElementHiding = "line-element-hiding",
        /// There is a `#` in it, which is not part of what is asked for.
        Fragment = "line-fragment",
        /// It is one, and browsers know none like it.
        NotForBrowsers = "line-not-for-browsers",
        /// A section that is not known.
        NoSection(section: String) = "line-no-section",
        /// An entry that stands in no section.
        BeforeSection = "line-before-section",
        /// It looks like a network.
        NoNetwork(network: String) = "line-no-network",
        /// An address stands where only a name may.
        AddressForName(name: String) = "line-address-for-name",
        /// It cannot be a host's name.
        NoName(name: String) = "line-no-name",
    }
}
