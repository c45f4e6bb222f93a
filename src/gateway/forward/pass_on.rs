//! Passes a request on, over the connection of the last one or a new one.

use tokio::io::AsyncWriteExt;

use super::exchange::{ExchangeError, Exchanged, closed, exchange};
use super::io::ClientConnection;
use super::origin::OriginConnection;
use super::replay::{self, broken};
use super::request::{OutgoingRequest, Repeatable};
use super::session::{HttpSession, Next, RequestRefusal};
use crate::gateway::http1::ResponseHead;
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::open::ConnectRequest;
use crate::gateway::route::Outbound;

impl HttpSession<'_> {
    /// Passes a request on, and its response back.
    pub(super) async fn pass_on(
        &mut self,
        request: OutgoingRequest,
        destination: ConnectRequest,
        outbound: Outbound,
    ) -> Result<Next, RequestRefusal> {
        if let Some(mut origin) = self.kept_for(&destination, outbound) {
            if origin.takes(request.repeatable()) {
                match self.exchange(&request, &mut origin, None).await {
                    // The origin may close an idle connection at any time: that is no failure yet.
                    Err(ExchangeError::Unanswered(error))
                        if request.repeatable() == Repeatable::Yes && !error.is_parse() => {}
                    ended => return self.settle(ended, origin, outbound).await,
                }
            } else if origin.is_bound {
                // The login is lost with it: the client has to log in again, as it would without a proxy.
                return Err(RequestRefusal::Silently(Next::Close));
            }
        }
        let (mut origin, first) = self.open(&request, destination, outbound).await?;
        let ended = self.exchange(&request, &mut origin, first).await;
        self.settle(ended, origin, outbound).await
    }

    /// The connection of the last request, if it leads to the same place.
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
        let opener = &self.opener;
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
                // What the origin has already sent in the new protocol.
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
                tracing::debug!(%error, "the response ended early");
                Err(RequestRefusal::Silently(Next::Reset))
            }
        }
    }
}
