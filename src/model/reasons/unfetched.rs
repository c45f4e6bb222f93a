//! Why a file of the web could not be had: which way, and at which stage. Names no address.

use serde::{Deserialize, Serialize};

use super::http_status::HttpStatus;
use super::obstacle::Obstacle;
#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, messages, tr};
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;

/// Why neither way gave a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfetched {
    /// What is wrong with the way through the gateway, where that was tried.
    pub gateway: Option<NoFile>,
    /// What is wrong with the direct way.
    pub direct: NoFile,
}

messages! {
    /// Why one way gave nothing.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum NoFile {
        /// No connection came about: the name, the port, or the certificate.
        Connect(cause: Obstacle) = "fetch-connect",
        /// It took longer than so many seconds.
        TimeLimit(seconds: u64) = "fetch-time-limit",
        /// A status that is no success.
        Status(status: HttpStatus) = "fetch-status",
        /// More than so many MiB.
        TooLarge(mebibytes: usize) = "fetch-too-large",
        /// The connection ended before there was an answer.
        NoAnswer(cause: Obstacle) = "fetch-no-answer",
        /// The connection ended in the middle of it.
        BrokeOff(cause: Obstacle) = "fetch-broke-off",
        /// It is packed, and not as it says.
        Unpack = "fetch-unpack",
        /// One address leads to another and that one back.
        #[serde(rename = "circle")]
        RedirectLoop = "fetch-redirect-loop",
        /// Each address leads to another.
        #[serde(rename = "on-and-on")]
        TooManyRedirects = "fetch-too-many-redirects",
        /// A private line leads to one that everybody can read.
        #[serde(rename = "unveiled")]
        InsecureRedirect = "fetch-insecure-redirect",
        /// A server elsewhere redirects to this machine or a private network.
        LocalRedirect = "fetch-local-redirect",
        /// It is no list of nodes.
        NoList(error: NoList) = transparent,
        /// It is no list of rules.
        NoRules(error: NoRules) = transparent,
        /// The address is none that can be asked for.
        Address = "fetch-address",
    }
}

messages! {
    /// Why an answer is no list of nodes. Repeats nothing of it.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum NoList {
        /// There is nothing in it.
        Empty = "answer-empty",
        /// It is a picture, a program, or anything else that is no text.
        NotText = "answer-no-text",
        /// As a whole it is no list.
        Whole(error: ListError) = transparent,
        /// SIP008 as nobody knows it yet.
        Version(version: serde_json::Number) = "answer-version",
        /// Nothing in it is a node.
        NothingUsable {
            /// How many lines or servers were refused.
            refused: usize,
            /// Why the first was.
            first: LinkError,
        } = "answer-nothing-usable",
    }
}

messages! {
    /// Why an answer is no list of rules.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum NoRules {
        /// There is nothing in it.
        Empty = "rules-answer-empty",
        /// It is a web page: a login, an error, a notice.
        WebPage = "rules-answer-web-page",
        /// It is neither a list nor base64.
        NotBase64 = "rules-answer-not-base64",
        /// What base64 holds is no list.
        NoHead = "rules-answer-no-head",
        /// Its checksum is another one than it says.
        Damaged = "rules-answer-damaged",
        /// There is no rule in it.
        NoRules = "rules-answer-no-rules",
    }
}

impl Localize for Unfetched {
    fn localize(&self, locale: Locale) -> String {
        let direct = self.direct.localize(locale);
        match &self.gateway {
            None => direct,
            Some(gateway) => tr!(locale, "fetch-both", gateway = gateway.localize(locale), direct = direct),
        }
    }
}

display!(Unfetched);

#[cfg(test)]
impl Samples for Unfetched {
    fn samples() -> Vec<Self> {
        let gateway = || [None, Some(NoFile::TimeLimit(60))];
        let both = |direct: NoFile| gateway().map(|gateway| Self { gateway, direct: direct.clone() });
        NoFile::samples().into_iter().flat_map(both).collect()
    }
}
