//! One client connection: each request checked, made fit for the origin, sent, and answered.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{Either, Empty, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::download::Download;
use super::hop;
use super::origin::{Origin, Repeatable, Switch};
use super::replay;
use super::request::{copy, outgoing, place};
use super::script;
use super::upload::{Expectation, Upload};
use crate::gateway::inbound::error_response::ErrorResponse;
use crate::gateway::inbound::{AuthPolicy, client_user, split_authority};
use crate::gateway::open::{ConnectRequest, Opened, Opener};
use crate::gateway::route::Outbound;

type Page = Either<Either<Full<Bytes>, Empty<Bytes>>, Download>;

/// What a client connection has become instead of HTTP.
pub(super) enum Switched {
    /// A tunnel, by `CONNECT`; through a member where it says what is wanted.
    Tunnel(Opened, Option<ConnectRequest>),
    /// A tunnel, by an upgrade that the origin has agreed to.
    Upgrade {
        /// The connection, when hyper has let go of it.
        parts: oneshot::Receiver<Switch>,
        /// Holds the task that lets go of it.
        _origin: Origin,
    },
}

/// The state between two requests.
pub(super) struct Session<'a> {
    opener: &'a Opener,
    rules: &'a AuthPolicy,
    at: Option<SocketAddr>,
    tasks: TaskTracker,
    kept: Mutex<Option<(Outbound, Origin)>>,
    switched: Mutex<Option<Switched>>,
}

impl<'a> Session<'a> {
    /// `at` is where the client has connected to.
    pub(super) fn new(opener: &'a Opener, rules: &'a AuthPolicy, at: Option<SocketAddr>) -> Self {
        let (kept, switched) = (Mutex::new(None), Mutex::new(None));
        Self { opener, rules, at, tasks: TaskTracker::new(), kept, switched }
    }

    /// What the connection has become by the last request, if anything.
    pub(super) fn switched(&self) -> Option<Switched> {
        swap(&self.switched, None)
    }

    /// Answers a request, one way or another.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Page>, Infallible> {
        let answered = self.proceed(request).await;
        Ok(answered.unwrap_or_else(|refusal| refusal.into_response().map(|text| Either::Left(Either::Left(text)))))
    }

    /// The script by which browsers choose, where it is asked for. It is for everybody who may connect:
    /// browsers give no login for it.
    fn script(&self, request: &Request<Incoming>) -> Option<Response<Page>> {
        let script = &self.opener.state().routing().script;
        let at = self.at.filter(|_| !script.is_empty() && script::is_asked_for(request))?;
        Some(script::page(script, at).map(|text| Either::Left(Either::Left(text))))
    }

    async fn proceed(&self, request: Request<Incoming>) -> Result<Response<Page>, ErrorResponse> {
        if let Some(script) = self.script(&request) {
            return Ok(script);
        }
        let authorization = request.headers().get(header::PROXY_AUTHORIZATION);
        let user = client_user(authorization.map(HeaderValue::as_bytes), self.rules.login.as_ref())
            .map_err(|_wrong| ErrorResponse::login_required())?;
        if request.method() == Method::CONNECT {
            return self.tunnel(request.uri(), user).await;
        }
        let (host, path) = place(request.uri())?;
        let target = split_authority(&host, Some(80)).ok_or_else(ErrorResponse::bad_target)?;
        let destination = ConnectRequest { target, user };
        let url = || format!("http://{host}{path}");
        let outbound =
            self.opener.outbound(&destination.target, url).map_err(|error| ErrorResponse::unreachable(&error))?;
        match hop::websocket(request.headers()) {
            Some(protocol) if request.version() == Version::HTTP_11 => {
                self.upgrade(outgoing(request, &host, path).0, (destination, outbound), protocol).await
            }
            Some(_) | None => self.pass_on(outgoing(request, &host, path), (destination, outbound)).await,
        }
    }

    async fn tunnel(&self, uri: &Uri, user: Option<Box<str>>) -> Result<Response<Page>, ErrorResponse> {
        let authority = uri.authority().map(|authority| authority.as_str());
        let target = authority.and_then(|text| split_authority(text, None)).ok_or_else(ErrorResponse::bad_target)?;
        let destination = ConnectRequest { target, user };
        let opened = self.opener.open_by_rules(&destination).await;
        let (opened, outbound) = opened.map_err(|error| ErrorResponse::unreachable(&error))?;
        swap(&self.switched, Some(Switched::Tunnel(opened, (outbound == Outbound::Pool).then_some(destination))));
        Ok(Response::new(Either::Left(Either::Right(Empty::new()))))
    }

    async fn upgrade(
        &self,
        mut request: Request<Upload>,
        (destination, outbound): (ConnectRequest, Outbound),
        protocol: HeaderValue,
    ) -> Result<Response<Page>, ErrorResponse> {
        hop::keep_upgrade(request.headers_mut(), protocol);
        let (switch, parts) = oneshot::channel();
        let mut origin = self.connect(destination, outbound, Some(switch)).await?;
        let mut response = origin.send(request).await.map_err(|failed| broken(failed.error()))?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.returned(response, outbound, origin));
        }
        let protocol = response.headers().get(header::UPGRADE).cloned();
        hop::clean(response.headers_mut());
        if let Some(protocol) = protocol {
            hop::keep_upgrade(response.headers_mut(), protocol);
        }
        swap(&self.switched, Some(Switched::Upgrade { parts, _origin: origin }));
        Ok(response.map(|body| Either::Right(Download::new(body))))
    }

    async fn pass_on(
        &self,
        (request, expectation): (Request<Upload>, Option<Expectation>),
        (destination, outbound): (ConnectRequest, Outbound),
    ) -> Result<Response<Page>, ErrorResponse> {
        let (response, origin) = self.exchange(request, destination, outbound).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(ErrorResponse::broken("http_protocol_error"));
        }
        if expectation.is_some_and(|expectation| expectation.answered()) {
            return Ok(last(response, origin));
        }
        Ok(self.returned(response, outbound, origin))
    }

    /// Sends a request over the kept connection, or where that cannot be, over a new one.
    async fn exchange(
        &self,
        mut request: Request<Upload>,
        destination: ConnectRequest,
        outbound: Outbound,
    ) -> Result<(Response<Incoming>, Origin), ErrorResponse> {
        let repeatable = Repeatable::of(&request);
        if let Some((kept, mut origin)) = swap(&self.kept, None)
            && kept == outbound
            && origin.takes(&destination, repeatable).await
        {
            let copy = (repeatable == Repeatable::Yes).then(|| copy(&request));
            match origin.send(request).await {
                Ok(response) => return Ok((response, origin)),
                // The origin has closed it meanwhile, as it may: that is no failure yet.
                Err(mut failed) => {
                    let unsent = failed.take_message().or(copy);
                    request = unsent.ok_or_else(|| broken(failed.error()))?;
                }
            }
        }
        if outbound == Outbound::Pool && repeatable == Repeatable::Yes && request.method().is_safe() {
            let (head, _no_body) = request.into_parts();
            return replay::ask(self.opener, &self.tasks, &head, &destination).await;
        }
        let mut origin = self.connect(destination, outbound, None).await?;
        let response = origin.send(request).await.map_err(|failed| broken(failed.error()))?;
        Ok((response, origin))
    }

    async fn connect(
        &self,
        destination: ConnectRequest,
        outbound: Outbound,
        switch: Option<oneshot::Sender<Switch>>,
    ) -> Result<Origin, ErrorResponse> {
        let opened =
            self.opener.open_via(outbound, &destination).await.map_err(|error| ErrorResponse::unreachable(&error))?;
        Ok(Origin::over(opened, destination, switch, &self.tasks).await)
    }

    /// An answer for the client; its connection is kept for the next request.
    fn returned(&self, response: Response<Incoming>, outbound: Outbound, origin: Origin) -> Response<Page> {
        swap(&self.kept, Some((outbound, origin)));
        presentable(response).map(|body| Either::Right(Download::new(body)))
    }
}

/// An answer to a client that still holds back its body: neither connection can go on after it.
fn last(response: Response<Incoming>, origin: Origin) -> Response<Page> {
    let mut response = presentable(response);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response.map(|body| Either::Right(Download::last(body, origin)))
}

fn presentable(mut response: Response<Incoming>) -> Response<Incoming> {
    hop::clean(response.headers_mut());
    // The version is each hop's own; hyper lowers it for a client that speaks 1.0.
    *response.version_mut() = Version::HTTP_11;
    response
}

pub(super) fn broken(error: &hyper::Error) -> ErrorResponse {
    tracing::debug!(%error, "an origin gave no answer");
    ErrorResponse::broken(if error.is_parse() { "http_protocol_error" } else { "connection_terminated" })
}

fn swap<T>(slot: &Mutex<Option<T>>, next: Option<T>) -> Option<T> {
    std::mem::replace(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner), next)
}
