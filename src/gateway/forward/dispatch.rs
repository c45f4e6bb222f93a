//! Dispatches a request: answered here, made a tunnel, or passed on.

use tokio::io::AsyncWriteExt;

use super::request::{OutgoingRequest, count_forwards, place};
use super::script;
use super::session::{HttpSession, Next, RequestRefusal};
use crate::gateway::connect_request::ConnectRequest;
use crate::gateway::http1::{BodyFraming, RequestHead};
use crate::gateway::inbound::local_response::LocalResponse;
use crate::gateway::inbound::{client_user, split_authority};
use crate::gateway::route::Outbound;
use crate::model::connection::ClientProtocol;

impl HttpSession<'_> {
    /// Handles a request.
    ///
    /// # Errors
    /// The request was refused; the response is still to be sent.
    pub(super) async fn dispatch(
        &mut self,
        mut head: RequestHead,
        framing: BodyFraming,
    ) -> Result<Next, RequestRefusal> {
        if let Some(script) = self.script(&head) {
            return Err(script.into());
        }
        self.restrict_reach(&head);
        let authorization = head.fields.get("proxy-authorization");
        let user =
            match client_user(authorization.map(|value| &value[..]), self.policy.login.as_ref(), &self.policy.doors) {
                Ok(user) => user,
                Err(_) if authorization.is_none() => return Err(self.request_login()),
                Err(_wrong) => return Err(self.refuse_login().await),
            };
        if &*head.method == "CONNECT" {
            return match framing {
                BodyFraming::Empty => self.tunnel(&head, user).await,
                // With a body, the beginning of the tunnel would be ambiguous.
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
        let mut destination = ConnectRequest::new(target, user);
        let url = || format!("http://{host}{}", String::from_utf8_lossy(&path));
        let decision = self.opener.decide_for_url(&mut destination, url).await;
        if let Err(error) = Outbound::of(decision.route) {
            self.opener.track(&destination, ClientProtocol::Http, decision).set_end(error.end());
            return Err(LocalResponse::unreachable(&error).into());
        }
        self.pass_on(OutgoingRequest::new(head, framing, host, path), destination, decision).await
    }

    /// The PAC script, if it is requested. No login is required: browsers send none for it.
    fn script(&self, head: &RequestHead) -> Option<LocalResponse> {
        let state = self.opener.state();
        let routing = state.routing();
        let script = script::for_client(&routing, self.client.stream.peer_addr().ok()?.ip());
        let is_served = state.limits().serves_script && !script.is_empty() && script::is_requested(head);
        Some(script::page(script, self.at.filter(|_| is_served)?))
    }

    /// Requests a login, which the client may send on another connection.
    fn request_login(&self) -> RequestRefusal {
        self.opener.state().reject();
        RequestRefusal::Last(LocalResponse::login_required())
    }

    /// Requests another login after a wrong one, with a delay.
    async fn refuse_login(&self) -> RequestRefusal {
        let refusal = self.request_login();
        if let Ok(peer) = self.client.stream.peer_addr() {
            self.opener.state().guard.penalize(peer.ip()).await;
        }
        refusal
    }

    async fn tunnel(&mut self, head: &RequestHead, user: Option<Box<str>>) -> Result<Next, RequestRefusal> {
        let authority = std::str::from_utf8(&head.target).ok();
        let target = authority.and_then(|text| split_authority(text, None)).ok_or_else(LocalResponse::bad_target)?;
        let mut destination = ConnectRequest::new(target, user);
        let opened = self.opener.open_by_rules(&mut destination, ClientProtocol::Connect).await;
        let (opened, outbound) = opened.map_err(|error| LocalResponse::unreachable(&error))?;
        let granted = self.client.stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        granted.map_err(|_left| RequestRefusal::Silently(Next::Close))?;
        Ok(Next::Tunnel(opened, (outbound == Outbound::Pool).then_some(destination)))
    }
}
