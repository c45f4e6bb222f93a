//! Why a download failed: by which route, and at which stage. Contains no URL.

use serde::{Deserialize, Serialize};

use super::http_status::HttpStatus;
use super::system_error::SystemError;
#[cfg(test)]
use crate::locale::Samples;
use crate::locale::{Locale, Localize, display, messages, tr};
use crate::model::node::link::LinkError;
use crate::model::node::list::ListError;

/// Why a download failed by both routes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchFailure {
    /// Why it failed through the gateway, if that was tried.
    pub gateway: Option<FetchError>,
    /// Why it failed directly.
    pub direct: FetchError,
}

messages! {
    /// Why a download failed by one route.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum FetchError {
        /// The connection failed: name resolution, TCP or TLS.
        Connect(cause: SystemError) = "fetch-connect",
        /// It took longer than this many seconds.
        TimeLimit(seconds: u64) = "fetch-time-limit",
        /// An unexpected HTTP status.
        Status(status: HttpStatus) = "fetch-status",
        /// Larger than this many MiB.
        TooLarge(mebibytes: usize) = "fetch-too-large",
        /// The connection ended before a response.
#[serde(rename = "no-answer")]
        NoResponse(cause: SystemError) = "fetch-no-response",
        /// The connection ended in the middle of the response.
#[serde(rename = "broke-off")]
        Interrupted(cause: SystemError) = "fetch-interrupted",
        /// Decompression failed.
        Unpack = "fetch-unpack",
        /// The URLs redirect in a loop.
        #[serde(rename = "circle")]
        RedirectLoop = "fetch-redirect-loop",
        /// Too many redirects.
        #[serde(rename = "on-and-on")]
        TooManyRedirects = "fetch-too-many-redirects",
        /// An https URL redirects to http.
        #[serde(rename = "unveiled")]
        InsecureRedirect = "fetch-insecure-redirect",
        /// A remote server redirects to this computer or a private network.
        LocalRedirect = "fetch-local-redirect",
        /// The address leads back to a port of this program.
        OwnPort = "fetch-own-port",
        /// The response is not a list of nodes.
        #[serde(rename = "no-list")]
        NodeList(error: NodeListError) = transparent,
        /// The response is not a list of rules.
        #[serde(rename = "no-rules")]
        RuleList(error: RuleListError) = transparent,
        /// The response does not describe a release.
        #[serde(rename = "no-release")]
        NoRelease = "fetch-no-release",
        /// The URL is invalid.
#[serde(rename = "address")]
        InvalidUrl = "fetch-invalid-url",
    }
}

messages! {
    /// Why a response is not a list of nodes. Repeats nothing of it.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum NodeListError {
        /// It is empty.
        Empty = "response-empty",
        /// It is a picture, a program, or other binary data.
        NotText = "response-not-text",
        /// It is in none of the supported formats.
#[serde(rename = "whole")]
        Format(error: ListError) = transparent,
        /// An unsupported version of SIP008.
        Version(version: serde_json::Number) = "response-version",
        /// It contains no usable node.
        NothingUsable {
            /// Number of rejected lines or servers.
            refused: usize,
            /// Why the first was rejected.
            first: LinkError,
        } = "response-no-usable-node",
    }
}

messages! {
    /// Why a response is not a list of rules.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum RuleListError {
        /// It is empty.
        Empty = "response-empty",
        /// It is a web page: a login, an error, a notice.
        WebPage = "rule-list-web-page",
        /// It is neither a list nor base64.
        NotBase64 = "rule-list-not-base64",
        /// The decoded base64 is not a list.
        NoHead = "rule-list-no-head",
        /// Its checksum is wrong.
        Damaged = "rule-list-damaged",
        /// It contains no rules.
        NoRules = "rule-list-empty",
    }
}

impl Localize for FetchFailure {
    fn localize(&self, locale: Locale) -> String {
        let direct = self.direct.localize(locale);
        match &self.gateway {
            None => direct,
            Some(gateway) => tr!(locale, "fetch-both", gateway = gateway.localize(locale), direct = direct),
        }
    }
}

display!(FetchFailure);

#[cfg(test)]
impl Samples for FetchFailure {
    fn samples() -> Vec<Self> {
        let gateway = || [None, Some(FetchError::TimeLimit(60))];
        let both = |direct: FetchError| gateway().map(|gateway| Self { gateway, direct: direct.clone() });
        FetchError::samples().into_iter().flat_map(both).collect()
    }
}
