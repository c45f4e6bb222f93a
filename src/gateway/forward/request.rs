//! A client's request made fit for the origin: rules only, nothing is sent here.

use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::http::uri::{PathAndQuery, Scheme};
use hyper::{Request, StatusCode, Uri, Version};

use super::hop;
use super::upload::{Expectation, Upload};
use crate::gateway::inbound::error_response::ErrorResponse;

/// What a request in absolute form is for: `host[:port]`, and the target as the origin is to see it.
pub(super) fn place(uri: &Uri) -> Result<(String, PathAndQuery), ErrorResponse> {
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        let asterisk = uri.path() == "*";
        return Err(if asterisk { ErrorResponse::bad_target() } else { ErrorResponse::not_a_website() });
    };
    if *scheme != Scheme::HTTP {
        return Err(ErrorResponse::bad_target());
    }
    let bare = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_user, bare)| bare);
    let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    Ok((bare.to_owned(), path))
}

/// The request as the origin is to see it, and the client's wish to be asked for the body.
pub(super) fn outgoing(
    request: Request<Incoming>,
    host: &str,
    path: PathAndQuery,
) -> (Request<Upload>, Option<Expectation>) {
    let (mut head, body) = request.into_parts();
    let expects = expects_to_be_asked(&head, &body);
    hop::clean(&mut head.headers);
    // RFC 9112, 3.2.2: the target of the request counts, whatever the client's `Host` says.
    head.headers.insert(header::HOST, HeaderValue::from_str(host).expect("an authority is a header value"));
    head.uri = Uri::from(path);
    head.version = Version::HTTP_11;
    if body.size_hint().exact().is_none() {
        // hyper adds it by itself only for methods that usually have a body.
        head.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    if !expects {
        head.headers.remove(header::EXPECT);
        return (Request::from_parts(head, Upload::new(body)), None);
    }
    let expectation = Expectation::new();
    let mut request = Request::from_parts(head, Upload::held(body, expectation.clone()));
    let heard = expectation.clone();
    hyper::ext::on_informational(&mut request, move |response| {
        if response.status() == StatusCode::CONTINUE {
            heard.go_on();
        }
    });
    (request, Some(expectation))
}

fn expects_to_be_asked(head: &hyper::http::request::Parts, body: &Incoming) -> bool {
    let expect = head.headers.get(header::EXPECT);
    let asks = expect.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    asks && head.version == Version::HTTP_11 && !body.is_end_stream()
}

/// A second copy of a request without a body.
pub(super) fn copy(request: &Request<Upload>) -> Request<Upload> {
    let mut copy = Request::new(Upload::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}
