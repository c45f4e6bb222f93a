//! Metrics for Prometheus, and a health page for load balancers, on a separate port.
//!
//! `GET /metrics` is the current state in Prometheus' text format ([`text`]), `GET /healthz` is 200 while requests
//! succeed and 503 otherwise. If the port is open to other devices, `/metrics` requires the gateway's login; `/healthz`
//! reveals nothing but its status. Size, time and number of connections are limited, and one connection carries one
//! request.

#[cfg(test)]
mod tests;
mod text;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::model::{Login, Snapshot};
use crate::os;

/// Maximum number of connections; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 16;

/// Time limit for a connection, with request and response.
const CONNECTION_LIMIT: Duration = Duration::from_secs(10);

/// Maximum length of a request head in bytes.
const MAX_HEAD: usize = 16 << 10;

/// Pause after an accept error.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Gets the current state; `None` while it is not available.
pub type StateSource = Arc<dyn Fn() -> BoxFuture<'static, Option<Snapshot>> + Send + Sync>;

/// The open port. Dropping it closes the port and all connections.
#[derive(Debug)]
pub struct MetricsServer {
    _tasks: JoinSet<()>,
}

impl MetricsServer {
    /// Serves these sockets. `login` is required for `/metrics`, if there is one.
    pub fn start(listeners: Vec<Arc<TcpListener>>, login: Option<&Login>, source: &StateSource) -> Self {
        let expected = login.map(|login| {
            let login = format!("{}:{}", login.user, login.password.expose());
            Arc::from(format!("Basic {}", STANDARD.encode(login)))
        });
        let pages = MetricsPages { expected, source: Arc::clone(source) };
        let mut tasks = JoinSet::new();
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        for listener in listeners {
            tasks.spawn(accept(listener, Arc::clone(&permits), pages.clone()));
        }
        Self { _tasks: tasks }
    }
}

async fn accept(listener: Arc<TcpListener>, permits: Arc<Semaphore>, pages: MetricsPages) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        match os::accept::accept(&listener).await {
            Ok((client, _)) => {
                let pages = pages.clone();
                connections.spawn(async move {
                    let _permit = permit;
                    let _too_slow = timeout(CONNECTION_LIMIT, serve(client, pages)).await;
                });
            }
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection for metrics");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(client: TcpStream, pages: MetricsPages) {
    let answer = service_fn(move |request| {
        let pages = pages.clone();
        async move { Ok::<_, Infallible>(pages.answer(request).await) }
    });
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_buf_size(MAX_HEAD).timer(TokioTimer::new()).header_read_timeout(CONNECTION_LIMIT);
    if let Err(error) = http.serve_connection(TokioIo::new(client), answer).await {
        tracing::debug!(%error, "a connection for metrics failed");
    }
}

/// Answers requests.
#[derive(Clone)]
struct MetricsPages {
    /// The value of `Authorization` that is required for `/metrics`.
    expected: Option<Arc<str>>,
    source: StateSource,
}

impl MetricsPages {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return page(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        }
        match request.uri().path() {
            "/metrics" if !self.is_allowed(request.headers().get(AUTHORIZATION)) => {
                let mut page = page(StatusCode::UNAUTHORIZED, "the gateway's login is required\n");
                page.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"metrics\""));
                page
            }
            "/metrics" => match (self.source)().await {
                Some(snapshot) => {
                    let mut page = page(StatusCode::OK, text::metrics(&snapshot));
                    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(text::CONTENT_TYPE));
                    page
                }
                None => page(StatusCode::SERVICE_UNAVAILABLE, "no state\n"),
            },
            "/healthz" => match (self.source)().await.as_ref().map(text::health) {
                Some(Ok(())) => page(StatusCode::OK, "ok\n"),
                Some(Err(why)) => page(StatusCode::SERVICE_UNAVAILABLE, why),
                None => page(StatusCode::SERVICE_UNAVAILABLE, "no state\n"),
            },
            _ => page(StatusCode::NOT_FOUND, "/metrics or /healthz\n"),
        }
    }

    fn is_allowed(&self, given: Option<&HeaderValue>) -> bool {
        let Some(expected) = &self.expected else { return true };
        let given = given.map(HeaderValue::as_bytes).unwrap_or_default();
        // Constant time, wherever the first difference is.
        let differences = expected.bytes().zip(given).fold(0, |all, (one, other)| all | (one ^ other));
        given.len() == expected.len() && differences == 0
    }
}

fn page(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
