//! One client connection: each request checked, made fit for the origin, sent, and answered.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::exchange::{ExchangeError, Exchanged, closed, exchange};
use super::io::{ClientConnection, HeadError, read_head};
use super::origin::OriginConnection;
use super::replay::{self, broken};
use super::request::{ClientTerms, OutgoingRequest, Repeatable, count_forwards, place};
use super::script;
use crate::gateway::auth::AuthPolicy;
use crate::gateway::http1::{BodyFraming, MessageError, RequestHead, RequestLine, ResponseHead, request_framing};
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::inbound::{client_user, split_authority};
use crate::gateway::open::{ConnectRequest, Opened, Opener};
use crate::gateway::route::Outbound;

/// How long a client may be silent between two requests; what nginx grants.
const IDLE: Duration = Duration::from_secs(75);

/// The state between two requests.
pub(super) struct HttpSession<'a> {
    client: ClientConnection,
    opener: &'a Opener,
    policy: &'a AuthPolicy,
    /// Where the client has connected to.
    at: Option<SocketAddr>,
    kept: Option<(Outbound, OriginConnection)>,
}

/// What becomes of the connection behind a request.
pub(super) enum Next {
    /// Another request may come.
    Request,
    /// Nothing more is read or sent.
    Close,
    /// Nothing more, and the client must not take what it has got for complete.
    Reset,
    /// A tunnel, through a member where it says what is destination.
    Tunnel(Opened, Option<ConnectRequest>),
}

/// Why a request was not passed on: what the client is told.
pub(super) enum RequestRefusal {
    /// This.
    Response(LocalResponse),
    /// This, and that the connection ends.
    Last(LocalResponse),
    /// Nothing.
    Silently(Next),
}

impl From<LocalResponse> for RequestRefusal {
    fn from(response: LocalResponse) -> Self {
        Self::Response(response)
    }
}

impl<'a> HttpSession<'a> {
    /// A session with a client that has sent `early` so far.
    pub(super) fn new(client: TcpStream, early: Bytes, opener: &'a Opener, policy: &'a AuthPolicy) -> Self {
        let at = client.local_addr().ok();
        let client = ClientConnection { stream: client, input: BytesMut::from(early) };
        Self { client, opener, policy, at, kept: None }
    }

    /// The client's connection, and what was read ahead of it.
    pub(super) fn into_client(self) -> (TcpStream, Bytes) {
        (self.client.stream, self.client.input.freeze())
    }

    /// Serves requests until the connection ends as plain HTTP.
    pub(super) async fn serve(&mut self) -> Next {
        loop {
            let head = match self.next_head().await {
                Ok(Some(head)) => head,
                Ok(None) => return Next::Close,
                Err(response) => {
                    // The client may have left.
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

    /// The head of the next request; none where none comes.
    async fn next_head(&mut self) -> Result<Option<RequestHead>, LocalResponse> {
        if self.client.input.is_empty() {
            self.client.input = BytesMut::new();
        }
        let ClientConnection { stream, input } = &mut self.client;
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

    /// Answers a request, one way or another.
    async fn answer(&mut self, head: RequestHead) -> Next {
        let terms = ClientTerms::of(&head);
        let framing = request_framing(&head);
        let has_body = !matches!(framing, Ok(BodyFraming::Empty));
        let proceeded = match framing {
            Ok(framing) => Box::pin(self.proceed(head, framing)).await,
            Err(_ambiguous) => Err(RequestRefusal::Last(LocalResponse::malformed())),
        };
        let (response, is_last) = match proceeded {
            Ok(next) | Err(RequestRefusal::Silently(next)) => return next,
            // A body that nobody reads ends the connection.
            Err(RequestRefusal::Response(response)) => (response, has_body || !terms.keeps_alive),
            Err(RequestRefusal::Last(response)) => (response, true),
        };
        let terms = ClientTerms { keeps_alive: !is_last, ..terms };
        let bytes = response.to_bytes(terms.connection(), terms.asks_for_head);
        match self.client.stream.write_all(&bytes).await {
            Ok(()) if !is_last => Next::Request,
            Ok(()) | Err(_) => Next::Close,
        }
    }

    async fn proceed(&mut self, mut head: RequestHead, framing: BodyFraming) -> Result<Next, RequestRefusal> {
        if let Some(script) = self.script(&head) {
            return Err(script.into());
        }
        let authorization = head.fields.get("proxy-authorization");
        let user = match client_user(authorization.map(|value| &value[..]), self.policy.login.as_ref()) {
            Ok(user) => user,
            Err(_wrong) => return Err(self.refuse_login(authorization.is_some()).await),
        };
        if &*head.method == "CONNECT" {
            return match framing {
                BodyFraming::Empty => self.tunnel(&head, user).await,
                // What follows is for the tunnel; nobody could say where it begins.
                BodyFraming::Length(_) | BodyFraming::Chunked | BodyFraming::UntilClose => {
                    Err(RequestRefusal::Last(LocalResponse::malformed()))
                }
            };
        }
        let (host, path) = place(&head)?;
        let target = split_authority(&host, Some(80)).ok_or_else(LocalResponse::bad_target)?;
        if count_forwards(&mut head) {
            return Err(LocalResponse::last_proxy(&head).into());
        }
        let destination = ConnectRequest { target, user };
        let url = || format!("http://{host}{}", String::from_utf8_lossy(&path));
        let outbound =
            self.opener.outbound(&destination.target, url).map_err(|error| LocalResponse::unreachable(&error))?;
        self.pass_on(OutgoingRequest::new(head, framing, host, path), destination, outbound).await
    }

    /// The script by which browsers choose, where it is asked for. It is for everybody who may connect:
    /// browsers give no login for it. Other machines are not told the user's own rules.
    fn script(&self, head: &RequestHead) -> Option<LocalResponse> {
        let state = self.opener.state();
        if !state.limits().serves_script {
            return None;
        }
        let routing = state.routing();
        let is_own = self.client.stream.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
        let script = if is_own { &routing.script } else { &routing.shared_script };
        let at = self.at.filter(|_| !script.is_empty() && script::is_asked_for(head))?;
        Some(script::page(script, at))
    }

    /// Has the client told to log in, which it may do on another connection; after a wrong login, in a while.
    async fn refuse_login(&self, was_given: bool) -> RequestRefusal {
        let state = self.opener.state();
        state.reject();
        if let (true, Ok(peer)) = (was_given, self.client.stream.peer_addr()) {
            state.guard.penalize(peer.ip()).await;
        }
        RequestRefusal::Last(LocalResponse::login_required())
    }

    async fn tunnel(&mut self, head: &RequestHead, user: Option<Box<str>>) -> Result<Next, RequestRefusal> {
        let authority = std::str::from_utf8(&head.target).ok();
        let target = authority.and_then(|text| split_authority(text, None)).ok_or_else(LocalResponse::bad_target)?;
        let destination = ConnectRequest { target, user };
        let opened = self.opener.open_by_rules(&destination).await;
        let (opened, outbound) = opened.map_err(|error| LocalResponse::unreachable(&error))?;
        let granted = self.client.stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        granted.map_err(|_left| RequestRefusal::Silently(Next::Close))?;
        Ok(Next::Tunnel(opened, (outbound == Outbound::Pool).then_some(destination)))
    }

    async fn pass_on(
        &mut self,
        request: OutgoingRequest,
        destination: ConnectRequest,
        outbound: Outbound,
    ) -> Result<Next, RequestRefusal> {
        if let Some(mut origin) = self.kept_for(&destination, outbound) {
            if origin.takes(request.repeatable()) {
                match self.exchange(&request, &mut origin, None).await {
                    // The origin has closed it meanwhile, as it may: that is no failure yet.
                    Err(ExchangeError::Unanswered(error))
                        if request.repeatable() == Repeatable::Yes && !error.is_parse() => {}
                    ended => return self.settle(ended, origin, outbound).await,
                }
            } else if origin.is_bound {
                // Its login is gone: the client is to begin anew, as it would without a proxy.
                return Err(RequestRefusal::Silently(Next::Close));
            }
        }
        let (mut origin, first) = self.open(&request, destination, outbound).await?;
        let ended = self.exchange(&request, &mut origin, first).await;
        self.settle(ended, origin, outbound).await
    }

    /// The connection of the last request, where this one goes the same way.
    fn kept_for(&mut self, destination: &ConnectRequest, outbound: Outbound) -> Option<OriginConnection> {
        let (kept, origin) = self.kept.take()?;
        (kept == outbound && origin.leads_to(destination)).then_some(origin)
    }

    /// A new connection, and where several members were asked, the first response.
    async fn open(
        &mut self,
        request: &OutgoingRequest,
        destination: ConnectRequest,
        outbound: Outbound,
    ) -> Result<(OriginConnection, Option<ResponseHead>), RequestRefusal> {
        let ClientConnection { stream, input } = &mut self.client;
        let (mut reader, _) = stream.split();
        let opener = self.opener;
        let open = async {
            if outbound == Outbound::Pool && request.repeatable() == Repeatable::Yes && request.head.is_safe() {
                let (origin, first) = replay::ask(opener, &request.head.to_bytes(), &destination).await?;
                return Ok((origin, Some(first)));
            }
            let opened =
                opener.open_via(outbound, &destination).await.map_err(|error| LocalResponse::unreachable(&error))?;
            Ok((OriginConnection::new(opened, destination.clone()), None))
        };
        tokio::select! {
            opened = open => opened.map_err(RequestRefusal::Response),
            () = closed(&mut reader, input) => Err(RequestRefusal::Silently(Next::Close)),
        }
    }

    async fn exchange(
        &mut self,
        request: &OutgoingRequest,
        origin: &mut OriginConnection,
        first: Option<ResponseHead>,
    ) -> Result<Exchanged, ExchangeError> {
        origin.is_bound |= request.is_bound;
        exchange(&mut self.client, origin, request, first).await
    }

    /// What follows an exchange.
    async fn settle(
        &mut self,
        ended: Result<Exchanged, ExchangeError>,
        mut origin: OriginConnection,
        outbound: Outbound,
    ) -> Result<Next, RequestRefusal> {
        match ended {
            Ok(exchanged) if exchanged.upgraded => {
                // What the origin has sent in the new protocol already.
                let sent = self.client.stream.write_all(&origin.input).await;
                sent.map_err(|_left| RequestRefusal::Silently(Next::Close))?;
                Ok(Next::Tunnel(origin.opened, None))
            }
            Ok(exchanged) => {
                if exchanged.origin_goes_on {
                    origin.rest();
                    self.kept = Some((outbound, origin));
                }
                Ok(if exchanged.client_goes_on { Next::Request } else { Next::Close })
            }
            Err(ExchangeError::Unanswered(_)) if origin.is_bound => Err(RequestRefusal::Silently(Next::Close)),
            Err(ExchangeError::Unanswered(error)) => Err(broken(&error).into()),
            Err(ExchangeError::ClientGone) => Err(RequestRefusal::Silently(Next::Close)),
            Err(ExchangeError::Truncated(error)) => {
                tracing::debug!(%error, "a response broke off");
                Err(RequestRefusal::Silently(Next::Reset))
            }
        }
    }
}
