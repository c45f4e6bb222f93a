//! One client connection: its requests, one after another.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::io::{ClientConnection, HeadError, read_head};
use super::origin::OriginConnection;
use super::request::ClientTerms;
use crate::gateway::auth::AuthPolicy;
use crate::gateway::client_reach::ClientReach;
use crate::gateway::connect_request::ConnectRequest;
use crate::gateway::http1::{BodyFraming, MessageError, RequestHead, RequestLine, request_framing};
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::open::{Opened, Opener};
use crate::model::Route;
use crate::model::route::PUBLIC_ONLY;

/// How long a client may take between two requests; nginx has the same limit.
const IDLE: Duration = Duration::from_secs(75);

/// The state between two requests.
pub(super) struct HttpSession<'a> {
    pub(super) client: ClientConnection,
    pub(super) opener: Opener,
    pub(super) policy: &'a AuthPolicy,
    /// The gateway's address that the client has connected to.
    pub(super) at: Option<SocketAddr>,
    /// The connection of the last request.
    pub(super) kept: Option<(Route, OriginConnection)>,
}

/// What follows a request.
pub(super) enum Next {
    /// Another request may come.
    Request,
    /// The connection is closed.
    Close,
    /// The connection is reset, so that the client does not consider the response complete.
    Reset,
    /// A tunnel, with its destination if it has had no traffic yet.
    Tunnel(Opened, Option<ConnectRequest>),
}

/// How a request that is not passed on is answered.
pub(super) enum RequestRefusal {
    /// With this response.
    Response(LocalResponse),
    /// With this response, after which the connection is closed.
    Last(LocalResponse),
    /// Without a response.
    Silently(Next),
}

impl From<LocalResponse> for RequestRefusal {
    fn from(response: LocalResponse) -> Self {
        Self::Response(response)
    }
}

impl<'a> HttpSession<'a> {
    /// A session with a client that has already sent `early`.
    pub(super) fn new(client: TcpStream, early: Bytes, opener: &'a Opener, policy: &'a AuthPolicy) -> Self {
        let at = client.local_addr().ok();
        let client = ClientConnection { stream: client, input: BytesMut::from(early) };
        Self { client, opener: opener.clone(), policy, at, kept: None }
    }

    /// Restricts all later direct connections to public addresses, if the client requests it.
    pub(super) fn restrict_reach(&mut self, head: &RequestHead) {
        if head.fields.get(PUBLIC_ONLY).is_some() && self.opener.reach() != ClientReach::PublicOnly {
            self.opener = self.opener.clone().with_reach(ClientReach::PublicOnly);
            self.kept = None;
        }
    }

    /// The client's connection, and what was read ahead of it.
    pub(super) fn into_client(self) -> (TcpStream, Bytes) {
        (self.client.stream, self.client.input.freeze())
    }

    /// Serves requests until the connection is closed or becomes a tunnel.
    pub(super) async fn serve(&mut self) -> Next {
        loop {
            let Self { client, kept, .. } = self;
            let next = tokio::select! {
                biased;
                head = next_head(client) => head,
                lost = lost_origin(kept.as_ref()) => {
                    self.kept = None;
                    match lost {
                        LostOrigin::ByUser => return Next::Close,
                        LostOrigin::ByGateway => continue,
                    }
                }
            };
            let head = match next {
                Ok(Some(head)) => head,
                Ok(None) => return Next::Close,
                Err(response) => {
                    // The client may have disconnected.
                    let _left = self.client.stream.write_all(&response.to_last_bytes()).await;
                    return Next::Close;
                }
            };
            match self.answer(head).await {
                Next::Request => {}
                next @ (Next::Close | Next::Reset | Next::Tunnel(..)) => return next,
            }
        }
    }

    /// Answers a request.
    async fn answer(&mut self, head: RequestHead) -> Next {
        let terms = ClientTerms::of(&head);
        let framing = request_framing(&head);
        let has_body = !matches!(framing, Ok(BodyFraming::Empty));
        let dispatched = match framing {
            Ok(framing) => Box::pin(self.dispatch(head, framing)).await,
            Err(_ambiguous) => Err(RequestRefusal::Last(LocalResponse::malformed())),
        };
        let (response, is_last) = match dispatched {
            Ok(next) | Err(RequestRefusal::Silently(next)) => return next,
            // An unread body cannot be told from the next request.
            Err(RequestRefusal::Response(response)) => (response, has_body || !terms.keeps_alive),
            Err(RequestRefusal::Last(response)) => (response, true),
        };
        let terms = ClientTerms { keeps_alive: !is_last, ..terms };
        let bytes = response.to_bytes(terms.connection(), terms.method);
        match self.client.stream.write_all(&bytes).await {
            Ok(()) if !is_last => Next::Request,
            Ok(()) | Err(_) => Next::Close,
        }
    }
}

/// Why the connection of the previous request must be dropped.
enum LostOrigin {
    /// The user has closed it.
    ByUser,
    /// It was idle for too long, or its member was removed.
    ByGateway,
}

/// Waits until the connection of the previous request is cancelled.
async fn lost_origin(kept: Option<&(Route, OriginConnection)>) -> LostOrigin {
    let Some((_, origin)) = kept else { return std::future::pending().await };
    origin.opened.registered.cancelled().await;
    if origin.opened.registered.tracked().is_cancelled() { LostOrigin::ByUser } else { LostOrigin::ByGateway }
}

/// The head of the next request; none at the end of the connection.
async fn next_head(client: &mut ClientConnection) -> Result<Option<RequestHead>, LocalResponse> {
    if client.input.is_empty() {
        client.input = BytesMut::new();
    }
    let ClientConnection { stream, input } = client;
    let (mut reader, _) = stream.split();
    let may_begin = |bytes: &[u8]| RequestLine::parse(bytes).is_ok();
    let head = match tokio::time::timeout(IDLE, read_head(&mut reader, input, may_begin)).await {
        Ok(Ok(Some(head))) => RequestHead::parse(&head.freeze()),
        Ok(Ok(None)) | Ok(Err(HeadError::Io(_))) | Err(_) => return Ok(None),
        Ok(Err(HeadError::Message(error))) => Err(error),
    };
    head.map(Some).map_err(|error| match error {
        MessageError::Malformed => LocalResponse::malformed(),
        MessageError::TooLong => LocalResponse::too_long(),
    })
}
