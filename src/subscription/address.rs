//! The URL of a subscription. Its path, query and login are secret: they are never shown in lists, logs or errors.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::model::link::shown as shown_name;
use crate::model::subscription::SubscriptionError;

/// Parses a URL.
///
/// # Errors
/// It cannot be fetched.
pub fn parse(text: &str) -> Result<Url, SubscriptionError> {
    let text = text.trim();
    // Outline's dynamic access keys are fetched by https.
    let https = text.strip_prefix("ssconf://").map(|rest| format!("https://{rest}"));
    let url: Url = https.as_deref().unwrap_or(text).parse().map_err(|_| SubscriptionError::InvalidUrl)?;
    let fits = ["http", "https"].contains(&url.scheme()) && url.has_host();
    fits.then_some(url).ok_or(SubscriptionError::InvalidUrl)
}

/// The URL without its secret parts: `https://example.com/…`.
pub fn shown(text: &str) -> String {
    let Ok(url) = parse(text) else { return "…".into() };
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let has_more = url.path() != "/" || url.query().is_some() || !url.username().is_empty() || url.password().is_some();
    let rest = if has_more { "/…" } else { "/" };
    format!("{}://{}{port}{rest}", url.scheme(), host(&url))
}

/// The default name of a subscription: the URL's fragment, or its host.
pub fn name(url: &Url) -> String {
    let named = url.fragment().map(|name| percent_decode_str(name).decode_utf8_lossy());
    let named = named.map(|name| shown_name(&name)).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| host(url))
}

/// The host of a URL.
pub fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_is_displayed() {
        for (text, expected) in [
            ("https://example.com/sub/hunter2", "https://example.com/…"),
            ("https://example.com?token=hunter2", "https://example.com/…"),
            (" http://me:hunter2@example.com:8080 ", "http://example.com:8080/…"),
            ("http://[2001:db8::1]:81/", "http://[2001:db8::1]:81/"),
            ("hunter2", "…"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_dynamic_access_key_is_an_https_url_with_a_name() {
        let url = parse("ssconf://example.com/key?t=hunter2#My%20server").unwrap();
        assert_eq!((url.scheme(), name(&url)), ("https", "My server".to_owned()));
        assert_eq!(shown("ssconf://example.com/key#x"), "https://example.com/…");
        assert_eq!(name(&parse("https://example.com/key").unwrap()), "example.com");
    }

    #[test]
    fn urls_that_cannot_be_fetched_are_rejected() {
        for text in
            ["", "hunter2", "ftp://example.com/x", "file:///etc/passwd", "ss://x@example.com:1", "https://", "http:/"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
