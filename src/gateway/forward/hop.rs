//! Header fields that concern one connection only and are not passed on (RFC 9110, 7.6.1).

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Fields that are for the next hop even where `Connection` does not list them.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Removes everything that concerns one connection only.
pub(super) fn clean(headers: &mut HeaderMap) {
    for name in listed(headers).into_iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// The value of `Upgrade`, where the message is about an upgrade to WebSocket (RFC 6455, 4.1).
/// Others are not passed on: nobody here could say where the next message begins.
pub(super) fn websocket(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(header::UPGRADE)?;
    let meant = value.as_bytes().eq_ignore_ascii_case(b"websocket") && listed(headers).contains(&header::UPGRADE);
    meant.then(|| value.clone())
}

/// Puts back what [`clean`] has taken away of an upgrade.
pub(super) fn keep_upgrade(headers: &mut HeaderMap, value: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, value);
}

/// The fields that `Connection` lists.
fn listed(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = fields.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        pairs.collect::<Vec<(HeaderName, _)>>().into_iter().fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
    }

    #[test]
    fn listed_and_known_fields_go() {
        let mut map = headers(&[
            ("connection", "keep-alive, X-Mine"),
            ("connection", "x-other,,"),
            ("x-mine", "1"),
            ("x-other", "2"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic x"),
            ("te", "trailers"),
            ("authorization", "Basic y"),
        ]);
        clean(&mut map);
        assert_eq!(map, headers(&[("authorization", "Basic y")]));
    }

    #[test]
    fn only_a_websocket_is_an_upgrade() {
        let upgrade = |fields| websocket(&headers(fields)).is_some();
        assert!(upgrade(&[("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")]));
        assert!(!upgrade(&[("upgrade", "websocket")]));
        assert!(!upgrade(&[("connection", "upgrade"), ("upgrade", "h2c")]));
    }
}
