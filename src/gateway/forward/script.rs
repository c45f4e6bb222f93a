//! The script for browsers, at `/proxy.pac` of this very port.
//!
//! Browsers keep a script by its address, so its address has a name of its content behind `?`; any is
//! accepted. Nobody else may keep it, and no page of the web may read it: it tells what the user's
//! rules are.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};

use crate::model::route::GATEWAY;

/// Where it is.
const PATH: &str = "/proxy.pac";

/// What Netscape named it, and browsers still ask for.
const KIND: HeaderValue = HeaderValue::from_static("application/x-ns-proxy-autoconfig");

/// Whether a request is for the script.
pub(super) fn is_asked_for<B>(request: &Request<B>) -> bool {
    let uri = request.uri();
    uri.authority().is_none() && uri.path() == PATH && [Method::GET, Method::HEAD].contains(request.method())
}

/// The script for a client that has connected to `at`.
pub(super) fn page(script: &str, at: SocketAddr) -> Response<Full<Bytes>> {
    let at = SocketAddr::new(at.ip().to_canonical(), at.port());
    let mut response = Response::new(Full::from(script.replacen(GATEWAY, &at.to_string(), 1)));
    let fields = [
        (header::CONTENT_TYPE, KIND),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    response.headers_mut().extend(fields);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_script_is_the_script() {
        let asked =
            |method: &str, uri: &str| is_asked_for(&Request::builder().method(method).uri(uri).body(()).unwrap());
        assert!(asked("GET", "/proxy.pac") && asked("HEAD", "/proxy.pac?0123abcd"));
        assert!(!asked("POST", "/proxy.pac") && !asked("GET", "/") && !asked("GET", "http://a.example/proxy.pac"));
    }
}
