//! Passes a request on, over the connection of the previous one or a new one.

use tokio::io::AsyncWriteExt;

use super::exchange::{ExchangeError, Exchanged, closed, exchange};
use super::io::ClientConnection;
use super::origin::OriginConnection;
use super::replay::{self, broken};
use super::request::{OutgoingRequest, Repeatable};
use super::session::{HttpSession, Next, RequestRefusal};
use crate::gateway::connect_request::ConnectRequest;
use crate::gateway::http1::ResponseHead;
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::open::OpenError;
use crate::gateway::route::Outbound;
use crate::model::Route;
use crate::model::connection::{ClientProtocol, ConnectionEnd};
use crate::model::route::RouteDecision;

impl HttpSession<'_> {
    /// Passes a request on, and its response back.
    pub(super) async fn pass_on(
        &mut self,
        request: OutgoingRequest,
        destination: ConnectRequest,
        decision: RouteDecision,
    ) -> Result<Next, RequestRefusal> {
        if let Some(mut origin) = self.kept_for(&destination, decision.route) {
            if origin.is_usable_for(request.repeatable()) {
                match self.exchange(&request, &mut origin, None).await {
                    // The origin may close an idle connection at any time: that is not a failure yet.
                    Err(ExchangeError::Unanswered(error))
                        if request.repeatable() == Repeatable::Yes && !error.is_not_http() => {}
                    ended => return self.after_exchange(ended, origin, decision.route).await,
                }
            } else if origin.is_bound {
                // A connection-based login is lost with it: the client has to log in again, as it would without a
                // proxy.
                return Err(RequestRefusal::Silently(Next::Close));
            }
        }
        let (mut origin, first) = self.open(&request, destination, decision).await?;
        let ended = self.exchange(&request, &mut origin, first).await;
        self.after_exchange(ended, origin, decision.route).await
    }

    /// The connection of the previous request, if it leads to the same destination.
    fn kept_for(&mut self, destination: &ConnectRequest, route: Route) -> Option<OriginConnection> {
        let (kept, origin) = self.kept.take()?;
        (kept == route && origin.leads_to(destination)).then_some(origin)
    }

    /// A new connection, and the first response if several members were tried.
    async fn open(
        &mut self,
        request: &OutgoingRequest,
        mut destination: ConnectRequest,
        decision: RouteDecision,
    ) -> Result<(OriginConnection, Option<ResponseHead>), RequestRefusal> {
        if decision.route == Route::Pool {
            self.opener.note_site(&mut destination).await;
        }
        let ClientConnection { stream, input } = &mut self.client;
        let (mut reader, _) = stream.split();
        let opener = &self.opener;
        let tracked = opener.track(&destination, ClientProtocol::Http, decision);
        let unreachable = |error: OpenError| {
            tracked.set_end(error.end());
            LocalResponse::unreachable(&error)
        };
        let open = async {
            let outbound = Outbound::of(decision.route).map_err(unreachable)?;
            if outbound == Outbound::Pool && request.repeatable() == Repeatable::Yes && request.head.is_safe() {
                let (origin, first) = replay::request(opener, &request.head.to_bytes(), &destination, &tracked).await?;
                return Ok((origin, Some(first)));
            }
            let opened = opener.open_via(outbound, &destination, &tracked).await.map_err(unreachable)?;
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

    /// The next step after an exchange.
    async fn after_exchange(
        &mut self,
        ended: Result<Exchanged, ExchangeError>,
        mut origin: OriginConnection,
        route: Route,
    ) -> Result<Next, RequestRefusal> {
        if let Err(error) = &ended {
            origin.opened.registered.tracked().set_end(end_of(error));
        }
        match ended {
            Ok(exchanged) if exchanged.upgraded => {
                // The beginning of the new protocol, if the origin has already sent it.
                let sent = self.client.stream.write_all(&origin.input).await;
                sent.map_err(|_left| RequestRefusal::Silently(Next::Close))?;
                Ok(Next::Tunnel(origin.opened, None))
            }
            Ok(exchanged) => {
                if exchanged.origin_keeps_alive {
                    origin.mark_idle();
                    self.kept = Some((route, origin));
                }
                Ok(if exchanged.client_keeps_alive { Next::Request } else { Next::Close })
            }
            Err(ExchangeError::Unanswered(_)) if origin.is_bound => Err(RequestRefusal::Silently(Next::Close)),
            Err(ExchangeError::Unanswered(error)) => Err(broken(&error).into()),
            Err(ExchangeError::ClientClosed) => Err(RequestRefusal::Silently(Next::Close)),
            Err(ExchangeError::Truncated(error)) => {
                tracing::debug!(%error, "the response ended early");
                Err(RequestRefusal::Silently(Next::Reset))
            }
        }
    }
}

/// The end that is listed for a connection whose exchange failed.
fn end_of(error: &ExchangeError) -> ConnectionEnd {
    match error {
        ExchangeError::Unanswered(_) => ConnectionEnd::NoResponse,
        ExchangeError::ClientClosed => ConnectionEnd::Closed,
        ExchangeError::Truncated(_) => ConnectionEnd::Reset,
    }
}
