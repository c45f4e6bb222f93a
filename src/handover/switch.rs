//! When each side changes from the loopback connection to the client's socket: the rules, without IO.
//!
//! Both directions switch at the end of stream of the loopback connection: whatever was sent before it went the old way
//! and is complete, whatever comes after it goes the new one.

/// What the gateway does next with a connection that it has offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayAction {
    /// It waits, and writes to the client what comes from the member.
    Wait,
    /// It ends its writes to the member.
    EndLoopback,
    /// It tells the member that all is written to the client, and closes both of its sockets.
    LetGo,
    /// It relays as before.
    Resume,
    /// It relays as before; the end of the member's stream, seen meanwhile, is to be passed on.
    ResumeAtEnd,
}

/// The gateway's side, from the offer on.
#[derive(Debug, Default)]
pub struct GatewaySwitch {
    /// What the member has answered.
    answer: Option<OfferAnswer>,
    /// Whether everything from the member is written to the client.
    is_drained: bool,
    has_ended_loopback: bool,
}

/// A member's answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferAnswer {
    /// It has the connection.
    Taken,
    /// It does not take it.
    Refused,
}

impl GatewaySwitch {
    /// The member has answered.
    pub fn answered(&mut self, answer: OfferAnswer) {
        self.answer.get_or_insert(answer);
    }

    /// The member's stream has ended, and everything before is written to the client.
    pub fn drained(&mut self) {
        self.is_drained = true;
    }

    /// What is to be done now.
    pub fn next_action(&mut self) -> GatewayAction {
        match (self.answer, self.is_drained) {
            (None, _) => GatewayAction::Wait,
            (Some(OfferAnswer::Refused), false) => GatewayAction::Resume,
            (Some(OfferAnswer::Refused), true) => GatewayAction::ResumeAtEnd,
            (Some(OfferAnswer::Taken), _) if !self.has_ended_loopback => {
                self.has_ended_loopback = true;
                GatewayAction::EndLoopback
            }
            (Some(OfferAnswer::Taken), false) => GatewayAction::Wait,
            (Some(OfferAnswer::Taken), true) => GatewayAction::LetGo,
        }
    }
}

/// Where a member reads the client's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSource {
    /// From the loopback connection.
    Loopback,
    /// From the client itself.
    Client,
}

/// Where a member writes the server's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSink {
    /// To the loopback connection.
    Loopback,
    /// Nowhere: first its writes to the loopback connection have to be ended.
    EndLoopback,
    /// Nowhere before the gateway has written what it has.
    Nowhere,
    /// To the client itself.
    Client,
}

/// The member's side of a connection.
#[derive(Debug, Default)]
pub struct MemberSwitch {
    is_taken: bool,
    is_drained: bool,
    has_ended_loopback: bool,
    has_read_loopback: bool,
}

impl MemberSwitch {
    /// The client's socket was accepted.
    pub fn take(&mut self) {
        self.is_taken = true;
    }

    /// The gateway has written to the client everything that it had.
    pub fn drained(&mut self) {
        self.is_drained = true;
    }

    /// The end of the loopback connection was read. False: it is the end of the client's stream itself.
    pub fn loopback_ended(&mut self) -> bool {
        self.has_read_loopback = self.is_taken;
        self.is_taken
    }

    /// Where the client's bytes come from now.
    pub fn source(&self) -> ClientSource {
        if self.has_read_loopback { ClientSource::Client } else { ClientSource::Loopback }
    }

    /// Whether both directions go to the client itself.
    pub fn is_complete(&self) -> bool {
        self.has_read_loopback && self.has_ended_loopback && self.is_drained
    }

    /// Where the server's bytes go now. To be asked again after writes to the loopback connection were ended.
    pub fn sink(&mut self) -> ClientSink {
        if !self.is_taken {
            ClientSink::Loopback
        } else if !self.has_ended_loopback {
            self.has_ended_loopback = true;
            ClientSink::EndLoopback
        } else if self.is_drained {
            ClientSink::Client
        } else {
            ClientSink::Nowhere
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// A stream between two parties.
    #[derive(Default)]
    struct Stream {
        bytes: VecDeque<u8>,
        has_ended: bool,
    }

    impl Stream {
        /// Up to so many bytes, or the end.
        fn read(&mut self, most: usize) -> Option<Vec<u8>> {
            let count = most.min(self.bytes.len());
            let taken: Vec<_> = self.bytes.drain(..count).collect();
            if taken.is_empty() && self.has_ended { None } else { Some(taken) }
        }

        fn write(&mut self, bytes: Vec<u8>) {
            assert!(!self.has_ended || bytes.is_empty(), "nothing is written after the end");
            self.bytes.extend(bytes);
        }
    }

    /// A client, a gateway, a member and a server, each with what the other parties have sent it.
    #[derive(Default)]
    struct World {
        from_client: Stream,
        to_client: Stream,
        from_server: Stream,
        to_server: Stream,
        loopback_up: Stream,
        loopback_down: Stream,
        /// What the gateway has read and not written, up and down.
        held: [Vec<u8>; 2],
        gateway: Option<GatewaySwitch>,
        member: MemberSwitch,
        messages: Messages,
        has_let_go: bool,
        up_ended: bool,
        down_ended: bool,
        refuses: bool,
        down_closed_by_member: bool,
    }

    /// What gateway and member have told each other and not heard yet.
    #[derive(Default)]
    struct Messages {
        to_member: VecDeque<Offer>,
        to_gateway: VecDeque<OfferAnswer>,
    }

    enum Offer {
        Socket,
        Drained,
    }

    #[derive(Clone, Copy, Debug)]
    enum Turn {
        GatewayUp(usize),
        GatewayDown(usize),
        MemberUp(usize),
        MemberDown(usize),
        MemberHears,
        GatewayHears,
        Offer,
    }

    impl World {
        fn turn(&mut self, turn: Turn) {
            match turn {
                Turn::GatewayUp(most) => self.gateway_up(most),
                Turn::GatewayDown(most) => self.gateway_down(most),
                Turn::MemberUp(most) => self.member_up(most),
                Turn::MemberDown(most) => self.member_down(most),
                Turn::MemberHears => match self.messages.to_member.pop_front() {
                    Some(Offer::Socket) if self.refuses || self.down_closed_by_member => {
                        self.messages.to_gateway.push_back(OfferAnswer::Refused);
                    }
                    Some(Offer::Socket) => {
                        self.member.take();
                        self.messages.to_gateway.push_back(OfferAnswer::Taken);
                    }
                    Some(Offer::Drained) => self.member.drained(),
                    None => {}
                },
                Turn::GatewayHears => {
                    let answer = self.messages.to_gateway.pop_front();
                    if let (Some(answer), Some(gateway)) = (answer, &mut self.gateway) {
                        gateway.answered(answer);
                    }
                    self.gateway_acts();
                }
                // Only where both directions are open and nothing is held.
                Turn::Offer if self.gateway.is_none() && !self.up_ended && !self.down_ended => {
                    if self.held[0].is_empty() {
                        self.gateway = Some(GatewaySwitch::default());
                        self.messages.to_member.push_back(Offer::Socket);
                    }
                }
                Turn::Offer => {}
            }
        }

        fn gateway_acts(&mut self) {
            let Some(gateway) = &mut self.gateway else { return };
            match gateway.next_action() {
                GatewayAction::Wait => {}
                GatewayAction::EndLoopback => {
                    self.loopback_up.has_ended = true;
                    self.gateway_acts();
                }
                GatewayAction::LetGo if !self.has_let_go => {
                    self.has_let_go = true;
                    self.messages.to_member.push_back(Offer::Drained);
                }
                GatewayAction::LetGo => {}
                GatewayAction::Resume => self.gateway = None,
                GatewayAction::ResumeAtEnd => {
                    self.gateway = None;
                    self.to_client.has_ended = true;
                    self.down_ended = true;
                }
            }
        }

        fn gateway_up(&mut self, most: usize) {
            if !self.held[0].is_empty() {
                return self.loopback_up.write(std::mem::take(&mut self.held[0]));
            }
            if self.gateway.is_some() || self.up_ended {
                return;
            }
            match self.from_client.read(most) {
                Some(bytes) => self.held[0] = bytes,
                None => {
                    self.loopback_up.has_ended = true;
                    self.up_ended = true;
                }
            }
        }

        fn gateway_down(&mut self, most: usize) {
            if !self.held[1].is_empty() {
                return self.to_client.write(std::mem::take(&mut self.held[1]));
            }
            if self.down_ended || self.has_let_go {
                return;
            }
            match (self.loopback_down.read(most), &mut self.gateway) {
                (Some(bytes), _) => self.held[1] = bytes,
                (None, Some(gateway)) => {
                    gateway.drained();
                    self.gateway_acts();
                }
                (None, None) => {
                    self.to_client.has_ended = true;
                    self.down_ended = true;
                }
            }
        }

        fn member_up(&mut self, most: usize) {
            let read = match self.member.source() {
                ClientSource::Loopback => self.loopback_up.read(most),
                ClientSource::Client => self.from_client.read(most),
            };
            match read {
                Some(bytes) => self.to_server.write(bytes),
                None if self.member.source() == ClientSource::Loopback && self.member.loopback_ended() => {}
                None => self.to_server.has_ended = true,
            }
        }

        fn member_down(&mut self, most: usize) {
            if self.down_closed_by_member {
                return;
            }
            let sink = self.member.sink();
            let to = match sink {
                ClientSink::Loopback => &mut self.loopback_down,
                ClientSink::Client => &mut self.to_client,
                ClientSink::EndLoopback => {
                    self.loopback_down.has_ended = true;
                    return;
                }
                ClientSink::Nowhere => return,
            };
            match self.from_server.read(most) {
                Some(bytes) => to.write(bytes),
                None => {
                    to.has_ended = true;
                    self.down_closed_by_member = true;
                }
            }
        }
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        let most = 1..40_usize;
        let turn = prop_oneof![
            4 => most.clone().prop_map(Turn::GatewayUp),
            4 => most.clone().prop_map(Turn::GatewayDown),
            4 => most.clone().prop_map(Turn::MemberUp),
            4 => most.prop_map(Turn::MemberDown),
            2 => Just(Turn::MemberHears),
            2 => Just(Turn::GatewayHears),
            1 => Just(Turn::Offer),
        ];
        prop::collection::vec(turn, 1..200)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_byte_is_lost_doubled_or_overtaken_whenever_the_switch_comes(
            turns in turns(), up in 0..400_usize, down in 0..400_usize, refuses: bool,
        ) {
            let content = |length: usize| (0..length).map(|at| (at % 251) as u8).collect::<VecDeque<_>>();
            let mut world = World { refuses, ..World::default() };
            world.from_client = Stream { bytes: content(up), has_ended: true };
            world.from_server = Stream { bytes: content(down), has_ended: true };
            for turn in turns {
                world.turn(turn);
            }
            // Everybody goes on until nothing is left to do.
            for _ in 0..1_000 {
                for turn in [
                    Turn::GatewayUp(64), Turn::GatewayDown(64), Turn::MemberUp(64), Turn::MemberDown(64),
                    Turn::MemberHears, Turn::GatewayHears,
                ] {
                    world.turn(turn);
                }
            }
            prop_assert!(world.to_server.bytes == content(up), "up");
            prop_assert!(world.to_client.bytes == content(down), "down");
            let has_switched = world.has_let_go && world.member.is_complete();
            prop_assert!(has_switched || !world.has_let_go, "nothing is left on the old way");
            prop_assert!(world.to_server.has_ended && world.to_client.has_ended, "both ends are passed on");
        }
    }
}
