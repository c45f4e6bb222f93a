//! A connection through a member to the server that a request is for.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{Builder, Parts, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::BUFFER;
use super::metered::Metered;
use super::upload::Upload;
use crate::gateway::open::{ConnectRequest, Opened};

/// What is left of an origin's connection after it has switched protocols.
pub(super) type Switch = Parts<TokioIo<Metered>>;

/// How long the end of the last exchange is waited for before a new connection is opened instead.
const SETTLE: Duration = Duration::from_secs(1);

/// Age up to which a kept connection is trusted with a request that must not be sent twice: no
/// server closes an idle connection that soon.
const TRUSTED: Duration = Duration::from_secs(1);

/// An open connection to an origin.
pub(super) struct Origin {
    destination: ConnectRequest,
    sender: SendRequest<Upload>,
    used: Instant,
    _connection: AbortOnDropHandle<()>,
}

impl Origin {
    /// Speaks HTTP over a member's connection. After an upgrade the connection goes to `switch`.
    pub(super) async fn over(
        opened: Opened,
        destination: ConnectRequest,
        switch: Option<oneshot::Sender<Switch>>,
        tasks: &TaskTracker,
    ) -> Self {
        let (sender, connection) = Builder::new()
            .preserve_header_case(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .max_buf_size(BUFFER)
            .handshake(TokioIo::new(Metered::new(opened)))
            .await
            .expect("an HTTP/1 client says nothing before its first request");
        let connection = tasks.spawn(async move {
            let ended = connection.without_shutdown().await;
            if let (Ok(parts), Some(switch)) = (ended, switch) {
                // Nobody waits for it where the origin has not switched.
                let _unwanted = switch.send(parts);
            }
        });
        Self { destination, sender, used: Instant::now(), _connection: AbortOnDropHandle::new(connection) }
    }

    /// Whether a request with these wants can go over this connection as its next one.
    pub(super) async fn takes(&mut self, destination: &ConnectRequest, repeatable: Repeatable) -> bool {
        let trusted = match repeatable {
            Repeatable::Yes => true,
            Repeatable::No => self.used.elapsed() < TRUSTED,
        };
        let same = self.destination.target == destination.target && self.destination.user == destination.user;
        same && trusted && matches!(tokio::time::timeout(SETTLE, self.sender.ready()).await, Ok(Ok(())))
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Upload>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Upload>>> {
        let answer = self.sender.try_send_request(request).await;
        self.used = Instant::now();
        answer
    }
}

/// Whether a request may be sent once more if its connection closes without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeatable {
    /// It has no body and asks for nothing that happens twice (RFC 9110, 9.2.2).
    Yes,
    /// Once is all.
    No,
}

impl Repeatable {
    pub(super) fn of(request: &Request<Upload>) -> Self {
        let bodiless = hyper::body::Body::is_end_stream(request.body());
        if bodiless && request.method().is_idempotent() { Self::Yes } else { Self::No }
    }
}
