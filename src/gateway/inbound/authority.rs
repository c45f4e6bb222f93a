//! `host:port` as in HTTP (RFC 9110, section 7.2; RFC 3986, section 3.2).

use crate::model::Target;

/// Parses an authority. A user part is dropped. `None` if the port is missing and there is no default, or if the host
/// is invalid.
pub(in crate::gateway) fn split(authority: &str, default_port: Option<u16>) -> Option<Target> {
    let bare = authority.rsplit_once('@').map_or(authority, |(_user, bare)| bare);
    let (host, port) = match bare.rsplit_once(':') {
        // The colons of `[::1]` do not separate a port.
        Some((_, tail)) if tail.ends_with(']') => (bare, None),
        Some((host, port)) => (host, Some(port)),
        None => (bare, None),
    };
    let port = match port {
        None | Some("") => default_port?,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let plausible = host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@\\".contains(&byte));
    if !plausible || (host.contains(':') && !bracketed) {
        return None;
    }
    match Target::from_host(host, port)? {
        Target::Name(name, _) if name.starts_with('[') || bracketed => None,
        target @ (Target::Name(..) | Target::Address(_)) => Some(target),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_addresses_are_parsed() {
        let shown = |text, default| split(text, default).map(|target| target.to_string());
        assert_eq!(shown("a.example:443", None).as_deref(), Some("a.example:443"));
        assert_eq!(shown("a.example", Some(80)).as_deref(), Some("a.example:80"));
        assert_eq!(shown("a.example:", Some(80)).as_deref(), Some("a.example:80"));
        assert_eq!(shown("me:pw@a.example:8", Some(80)).as_deref(), Some("a.example:8"));
        assert_eq!(shown("[::1]:443", None).as_deref(), Some("[::1]:443"));
        assert_eq!(shown("[::1]", Some(80)).as_deref(), Some("[::1]:80"));
        assert_eq!(split("127.0.0.1:1", None), Some(Target::Address("127.0.0.1:1".parse().unwrap())));
    }

    #[test]
    fn invalid_authorities_are_refused() {
        for text in ["a.example", "", ":443", "a:b:443", "::1:443", "a:99999", "a:+1", "[a]:1", "[]:1", "a b:1"] {
            assert_eq!(split(text, None), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", default in any::<Option<u16>>()) {
            let _target = split(&text, default);
        }

        #[test]
        fn printed_targets_are_parsed(name in "[a-z][a-z0-9-]{0,20}\\.[a-z]{2,5}", port in 1u16..) {
            let target = Target::Name(name.into(), port);
            prop_assert_eq!(split(&target.to_string(), None), Some(target));
        }
    }
}
