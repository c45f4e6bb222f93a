//! The information that a provider sends in addition to its list: quota, expiry, the subscription's name, the update
//! interval.
//!
//! It is in headers that Clash, Quantumult and others share (`subscription-userinfo`, `profile-title`,
//! `profile-update-interval`, the file name of `content-disposition`), or in SIP008 fields. None of it is well
//! standardized and all of it is untrusted: invalid values are ignored.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::locale::is_hidden;
use crate::model::subscription::{CacheValidators, MAX_INTERVAL_H, Plan};

/// Maximum length of a name in characters.
const MAX_TITLE: usize = 64;

/// Titles are encoded with or without padding.
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a provider sends in addition to its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderInfo {
    /// The plan.
    pub plan: Plan,
    /// The validators of the response.
    pub stamp: CacheValidators,
    /// The name of the subscription; never empty.
    pub title: Option<String>,
    /// Hours between two updates.
    pub update_h: Option<u64>,
    /// Notices in the names of duplicate nodes: traffic left, expiry.
    pub notices: Vec<String>,
}

/// Parses headers, whose names are in lower case.
pub fn read(headers: &[(String, String)]) -> ProviderInfo {
    let value = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim());
    let named = value("profile-title").and_then(title);
    let filed = || value("content-disposition").and_then(file_name);
    let every = value("profile-update-interval").and_then(number).map(|hours| hours.clamp(1, MAX_INTERVAL_H));
    ProviderInfo {
        plan: value("subscription-userinfo").map(plan).unwrap_or_default(),
        stamp: CacheValidators {
            etag: value("etag").unwrap_or_default().into(),
            modified: value("last-modified").unwrap_or_default().into(),
        },
        title: named.or_else(filed),
        update_h: every,
        notices: Vec::new(),
    }
}

/// `upload=…; download=…; total=…; expire=…`: bytes, and a Unix time in seconds. Panels write zero for no quota and no
/// expiry.
fn plan(text: &str) -> Plan {
    let pairs = text.split([';', ',']).filter_map(|pair| pair.split_once('='));
    let pairs: Vec<_> = pairs.map(|(key, value)| (key.trim().to_ascii_lowercase(), value)).collect();
    let value = |wanted: &str| pairs.iter().find(|(key, _)| key == wanted).and_then(|(_, value)| number(value));
    let used = match (value("upload"), value("download")) {
        (None, None) => None,
        (up, down) => Some(up.unwrap_or(0).saturating_add(down.unwrap_or(0))),
    };
    let ends = value("expire").filter(|seconds| *seconds > 0);
    Plan {
        used,
        total: value("total").filter(|total| *total > 0),
        expires_at: ends.and_then(|seconds| i64::try_from(seconds.checked_mul(1_000)?).ok()),
    }
}

/// A non-negative number such as `12`, `12.7` or `1.2e10`: panels written in script languages print any of these.
fn number(text: &str) -> Option<u64> {
    let text = text.trim().trim_matches('"');
    let whole = text.parse::<u64>().ok();
    whole.or_else(|| text.parse::<f64>().ok().filter(|value| (0.0..1.8e19).contains(value)).map(|value| value as u64))
}

/// `base64:…`, percent-encoded, or plain.
fn title(text: &str) -> Option<String> {
    let decoded = match text.strip_prefix("base64:") {
        Some(packed) => String::from_utf8(ANY_PADDING.decode(packed.trim()).ok()?).ok()?,
        None => percent_decode_str(text).decode_utf8_lossy().into_owned(),
    };
    presentable(&decoded)
}

/// The file name under which a browser would save the response (RFC 6266), without its extension.
fn file_name(text: &str) -> Option<String> {
    let pairs = || text.split(';').filter_map(|pair| pair.split_once('='));
    let value = |wanted: &str| {
        pairs()
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim().trim_matches('"'))
    };
    let extended = value("filename*").and_then(|value| value.splitn(3, '\'').nth(2));
    let name = percent_decode_str(extended.or_else(|| value("filename"))?).decode_utf8_lossy().into_owned();
    let endings = [".yaml", ".yml", ".txt", ".json", ".conf"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
    presentable(stem.unwrap_or(&name))
}

/// A text that can be displayed and typed; `None` if nothing is left.
fn presentable(text: &str) -> Option<String> {
    let shown: String = text.chars().filter(|character| !is_hidden(*character)).take(MAX_TITLE).collect();
    Some(shown.trim().to_owned()).filter(|shown| !shown.is_empty())
}

/// The corresponding fields of SIP008, and its version.
#[derive(Debug, Deserialize)]
pub(super) struct Sip008 {
    /// The version of the format; only 1 exists.
    #[serde(default)]
    pub(super) version: Option<serde_json::Number>,
    #[serde(default)]
    bytes_used: Option<serde_json::Number>,
    #[serde(default)]
    bytes_remaining: Option<serde_json::Number>,
    /// Distinguishes SIP008 from other formats with a version.
    #[expect(dead_code, reason = "its presence identifies the format")]
    servers: serde::de::IgnoredAny,
}

impl Sip008 {
    /// Parses the fields of a SIP008 text; `None` for any other text.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The plan, as far as it is stated.
    pub(super) fn plan(&self) -> Plan {
        let value = |field: &Option<serde_json::Number>| field.as_ref().and_then(|value| number(&value.to_string()));
        let (used, remaining) = (value(&self.bytes_used), value(&self.bytes_remaining));
        Plan { used, total: remaining.map(|remaining| remaining.saturating_add(used.unwrap_or(0))), expires_at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str) -> ProviderInfo {
        read(&[("server".into(), "nginx".into()), (name.into(), value.into())])
    }

    #[test]
    fn a_plan_is_parsed_in_every_panels_form() {
        let check = |text: &str, used, total, expires_at| {
            assert_eq!(of("subscription-userinfo", text).plan, Plan { used, total, expires_at }, "{text}");
        };
        let whole = "upload=455727941; download=6174315083; total=1073741824000; expire=1671815872";
        check(whole, Some(6_630_043_024), Some(1_073_741_824_000), Some(1_671_815_872_000));
        check("upload=1;download=2;total=10;expire=", Some(3), Some(10), None);
        check("Upload = 1.5e3 , Download = 2.9 , Total = 10.0", Some(1_502), Some(10), None);
        check("upload=0; download=0; total=0; expire=0", Some(0), None, None);
        check("upload=-5; download=abc; total=NaN; expire=1e300", None, None, None);
        check("download=18446744073709551615; upload=18446744073709551615", Some(u64::MAX), None, None);
        check("total=5", None, Some(5), None);
        check("expire=18446744073709551615", None, None, None);
        check("", None, None, None);
    }

    #[test]
    fn a_name_has_three_possible_sources() {
        let title = |name: &str, value: &str| of(name, value).title;
        assert_eq!(title("profile-title", "My list").as_deref(), Some("My list"));
        assert_eq!(title("profile-title", "base64:5py65Zy6").as_deref(), Some("机场"));
        assert_eq!(title("profile-title", "%E6%9C%BA%E5%9C%BA").as_deref(), Some("机场"));
        assert_eq!(title("profile-title", "base64:*").as_deref(), None);
        assert_eq!(title("profile-title", " \u{1b} "), None);
        assert_eq!(title("profile-title", &"x".repeat(500)).map(|name| name.len()), Some(MAX_TITLE));
        let filed = |value: &str| title("content-disposition", value);
        assert_eq!(filed("attachment; filename=cloud.yaml").as_deref(), Some("cloud"));
        assert_eq!(filed(r#"attachment;filename="a list.txt""#).as_deref(), Some("a list"));
        let both = "attachment; filename=x.txt; filename*=UTF-8''%E6%9C%BA%E5%9C%BA";
        assert_eq!(filed(both).as_deref(), Some("机场"));
        assert_eq!(filed("inline"), None);
    }

    #[test]
    fn the_interval_is_bounded() {
        let every = |value: &str| of("profile-update-interval", value).update_h;
        assert_eq!(
            (every("24"), every("0.5"), every("99999999"), every("soon")),
            (Some(24), Some(1), Some(8_760), None)
        );
    }

    #[test]
    fn sip008_has_its_own_fields() {
        let plan = |text: &str| Sip008::read(text).map(|fields| fields.plan());
        let of = |used, total| Some(Plan { used, total, expires_at: None });
        let whole = r#"{"version": 1, "servers": [], "bytes_used": 274877906944, "bytes_remaining": 824633720832}"#;
        assert_eq!(plan(whole), of(Some(274_877_906_944), Some(1_099_511_627_776)));
        assert_eq!(plan(r#"{"version": 1, "servers": [{}]}"#), of(None, None));
        assert_eq!(plan(r#"{"servers": [], "bytes_used": 5}"#), of(Some(5), None));
        assert_eq!(plan(r#"{"version": 1, "configs": []}"#), None);
        assert_eq!(plan("[]"), None);
    }
}
