//! `tls1.2_ticket_auth` and `tls1.2_ticket_fastauth`: a TLS 1.2 session resumed by ticket, then records of data.
//!
//! 1. The client sends its hello.
//! 2. The server responds with its hello, an optional new ticket, a change of cipher and a finish: records, of which
//!    the first of type 0x16 after one of type 0x14 is the last. Hello and finish are signed.
//! 3. The client sends a change of cipher, its finish and the data it has held back. With `fastauth` all of this is
//!    sent with the hello, and the server's response is only read and verified.
//! 4. Both sides send records of type 0x17.

use bytes::{Buf, BufMut, BytesMut};

use super::tls_hello::{PROOF, VERSION, client_finish, client_hello, is_signed, proof};
use super::{HeldData, ObfsError, ObfsParams, Obfuscator};
use crate::ssr::entropy::Entropy;

const HEADER: usize = 5;
const CHANGE_CIPHER: u8 = 0x14;
const HANDSHAKE: u8 = 0x16;
const DATA: u8 = 0x17;
/// Offset of the 32 random bytes in the server's hello.
const SERVER_RANDOM: usize = 11;
/// Longest response of the server, in bytes. The reference server's has 129 to 400.
const MAX_RESPONSE: usize = 16 * 1024;
/// Most bytes that are sent as one record; more are split at random, like a browser's writes.
const MAX_WHOLE_RECORD: usize = 2048;

/// Whether to wait for the server's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketMode {
    /// `tls1.2_ticket_auth`.
    Auth,
    /// `tls1.2_ticket_fastauth`.
    FastAuth,
}

/// The state of a connection.
pub struct Tls {
    mode: TicketMode,
    params: ObfsParams,
    state: TlsState,
}

enum TlsState {
    New,
    /// The hello was sent; nothing else may be sent before the response.
    HelloSent {
        queue: BytesMut,
    },
    /// Everything was sent; the server's response is still to be read.
    AllSent,
    Open,
}

impl Tls {
    pub fn new(mode: TicketMode, params: ObfsParams) -> Self {
        Self { mode, params, state: TlsState::New }
    }

    fn begin(&mut self, sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        client_hello(&self.params, wire, entropy);
        self.state = match self.mode {
            TicketMode::Auth => TlsState::HelloSent { queue: sealed.split() },
            TicketMode::FastAuth => {
                client_finish(&self.params, wire, entropy);
                put_records(sealed, wire, entropy);
                TlsState::AllSent
            }
        };
    }

    /// Verifies the server's response and takes it off `raw`, if it is complete.
    fn take_response(&self, raw: &mut BytesMut) -> Result<ServerFlight, ObfsError> {
        let Some(len) = response_len(raw)? else { return Ok(ServerFlight::Partial) };
        let (said, tag) = raw[..len].split_at(len - PROOF);
        let random = said.get(SERVER_RANDOM..).and_then(|rest| rest.first_chunk()).ok_or(ObfsError::Record)?;
        if !is_signed(&self.params, random) || proof(&self.params, &[said]) != tag {
            return Err(ObfsError::Signature);
        }
        raw.advance(len);
        Ok(ServerFlight::Complete)
    }
}

impl Obfuscator for Tls {
    fn encode(&mut self, sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        match &mut self.state {
            TlsState::New => self.begin(sealed, wire, entropy),
            TlsState::HelloSent { queue } => queue.unsplit(sealed.split()),
            TlsState::AllSent | TlsState::Open => put_records(sealed, wire, entropy),
        }
    }

    fn decode(
        &mut self,
        raw: &mut BytesMut,
        sealed: &mut BytesMut,
        reply: &mut BytesMut,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ObfsError> {
        let answer = match &self.state {
            TlsState::New if raw.is_empty() => return Ok(()),
            TlsState::New => return Err(ObfsError::Record),
            TlsState::HelloSent { .. } | TlsState::AllSent => self.take_response(raw)?,
            TlsState::Open => ServerFlight::Complete,
        };
        if answer == ServerFlight::Partial {
            return Ok(());
        }
        if let TlsState::HelloSent { queue } = &mut self.state {
            client_finish(&self.params, reply, entropy);
            put_records(queue, reply, entropy);
        }
        self.state = TlsState::Open;
        take_records(raw, sealed)
    }

    fn held(&self) -> HeldData {
        match &self.state {
            TlsState::New | TlsState::AllSent | TlsState::Open => HeldData::Nothing,
            TlsState::HelloSent { queue } => HeldData::UntilResponse(queue.len()),
        }
    }
}

#[derive(PartialEq, Eq)]
enum ServerFlight {
    Partial,
    Complete,
}

/// Length of the server's response, once all its records have arrived.
fn response_len(raw: &[u8]) -> Result<Option<usize>, ObfsError> {
    let (mut at, mut changed) = (0, false);
    while let Some(&[kind, major, minor, high, low]) = raw[at..].first_chunk::<HEADER>() {
        if [major, minor] != VERSION || !matches!(kind, HANDSHAKE | CHANGE_CIPHER) {
            return Err(ObfsError::Record);
        }
        let len = usize::from(u16::from_be_bytes([high, low]));
        at += HEADER + len;
        if at > MAX_RESPONSE {
            return Err(ObfsError::TooLong);
        }
        if raw.len() < at {
            break;
        }
        if kind == HANDSHAKE && changed {
            return if len < PROOF { Err(ObfsError::Record) } else { Ok(Some(at)) };
        }
        changed |= kind == CHANGE_CIPHER;
    }
    Ok(None)
}

/// Takes all of `sealed`.
fn put_records(sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
    while sealed.len() > MAX_WHOLE_RECORD {
        let len = sealed.len().min(100 + entropy.below(4096));
        put_record(&sealed.split_to(len), wire);
    }
    if !sealed.is_empty() {
        put_record(sealed, wire);
        sealed.clear();
    }
}

fn put_record(data: &[u8], wire: &mut BytesMut) {
    wire.put_u8(DATA);
    wire.put_slice(&VERSION);
    wire.put_u16(data.len() as u16);
    wire.put_slice(data);
}

fn take_records(raw: &mut BytesMut, sealed: &mut BytesMut) -> Result<(), ObfsError> {
    while let Some(&[kind, major, minor, high, low]) = raw.first_chunk::<HEADER>() {
        if [kind, major, minor] != [DATA, VERSION[0], VERSION[1]] {
            return Err(ObfsError::Record);
        }
        let end = HEADER + usize::from(u16::from_be_bytes([high, low]));
        if raw.len() < end {
            break;
        }
        sealed.extend_from_slice(&raw[HEADER..end]);
        raw.advance(end);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssr::entropy::ThreadEntropy;
    use crate::ssr::obfs::tests::params;
    use crate::ssr::vectors::{self, Script};

    /// The reference's exchange: ciphertext, hello, the server's flight, the finish with the data, and the reply.
    struct RecordedHandshake {
        plain: Vec<u8>,
        hello: Vec<u8>,
        flight: Vec<u8>,
        finish: Vec<u8>,
        reply: Vec<u8>,
        decoded: Vec<u8>,
    }

    fn exchange() -> RecordedHandshake {
        let steps = vectors::obfs("tls1.2_ticket_auth");
        let of = |index: usize| steps[index].1.clone();
        RecordedHandshake { plain: of(0), hello: of(1), flight: of(3), finish: of(5), reply: of(7), decoded: of(8) }
    }

    /// The parameters of the hello, and the random numbers of hello and finish.
    fn replay(exchange: &RecordedHandshake) -> (ObfsParams, Script) {
        let name_at = exchange.hello.windows(15).position(|it| it == b"www.example.com").unwrap();
        let ticket_at = name_at + 15 + 4;
        let len = usize::from(u16::from_be_bytes([exchange.hello[ticket_at + 2], exchange.hello[ticket_at + 3]]));
        let ticket = exchange.hello[ticket_at + 4..][..len].to_vec();
        let script = Script::default().bytes(&exchange.hello[15..33]).bytes(&exchange.finish[11..33]);
        (ObfsParams { ticket, ..params() }, script)
    }

    #[test]
    fn the_exchange_matches_the_reference() {
        let exchange = exchange();
        let (params, mut script) = replay(&exchange);
        let mut machine = Tls::new(TicketMode::Auth, params);
        let (mut wire, mut sealed) = (BytesMut::new(), BytesMut::from(&exchange.plain[..]));

        machine.encode(&mut sealed, &mut wire, &mut script);
        assert_eq!((&wire[..], machine.held()), (&exchange.hello[..], HeldData::UntilResponse(exchange.plain.len())));

        wire.clear();
        machine.decode(&mut BytesMut::from(&exchange.flight[..]), &mut sealed, &mut wire, &mut script).unwrap();
        assert_eq!((&wire[..], machine.held()), (&exchange.finish[..], HeldData::Nothing));
        assert!(script.is_used_up());

        machine.decode(&mut BytesMut::from(&exchange.reply[..]), &mut sealed, &mut wire, &mut script).unwrap();
        assert_eq!(sealed, exchange.decoded);
    }

    #[test]
    fn mode_sends_all_at_once() {
        let exchange = exchange();
        let (params, mut script) = replay(&exchange);
        let mut machine = Tls::new(TicketMode::FastAuth, params);
        let mut wire = BytesMut::new();
        machine.encode(&mut BytesMut::from(&exchange.plain[..]), &mut wire, &mut script);
        assert_eq!(wire, [exchange.hello, exchange.finish].concat());
        assert_eq!(machine.held(), HeldData::Nothing);
    }

    #[test]
    fn a_response_signed_with_another_key_is_refused() {
        let exchange = exchange();
        for at in [12, 40, exchange.flight.len() - 1] {
            let mut flight = exchange.flight.clone();
            flight[at] ^= 1;
            assert_eq!(receive(&flight, &[usize::MAX]), Err(ObfsError::Signature), "{at}");
        }
        // No room for the random numbers.
        let short = [&[0x14, 3, 3, 0, 0, 0x16, 3, 3, 0, 10][..], &[0; 10]].concat();
        assert_eq!(receive(&short, &[usize::MAX]), Err(ObfsError::Record));
        assert_eq!(receive(b"HTTP/1.1 400 Bad Request\r\n\r\n", &[5]), Err(ObfsError::Record));
    }

    #[test]
    fn an_ip_address_is_not_a_server_name() {
        let mut named = BytesMut::new();
        client_hello(&params(), &mut named, &mut ThreadEntropy);
        let mut unnamed = BytesMut::new();
        client_hello(&ObfsParams { host: "192.0.2.7".to_owned(), ..params() }, &mut unnamed, &mut ThreadEntropy);
        assert_eq!(named.len() - unnamed.len(), "www.example.com".len());
    }

    /// Feeds `input` to a client that has sent its hello.
    fn receive(input: &[u8], cuts: &[usize]) -> Result<(BytesMut, usize), ObfsError> {
        let exchange = exchange();
        let (params, _) = replay(&exchange);
        let mut machine = Tls::new(TicketMode::Auth, params);
        let (mut wire, mut sealed) = (BytesMut::new(), BytesMut::from(&exchange.plain[..]));
        machine.encode(&mut sealed, &mut wire, &mut ThreadEntropy);
        wire.clear();
        vectors::feed(input, cuts, |raw| machine.decode(raw, &mut sealed, &mut wire, &mut ThreadEntropy))?;
        Ok((sealed, wire.len()))
    }

    proptest! {
        #[test]
        fn a_split_changes_nothing(cuts in proptest::collection::vec(1usize..200, 1..20)) {
            let exchange = exchange();
            let input = [&exchange.flight[..], &exchange.reply, &exchange.reply].concat();
            let expected = (BytesMut::from(&exchange.decoded.repeat(2)[..]), exchange.finish.len());
            prop_assert_eq!(receive(&input, &cuts), Ok(expected));
        }

        #[test]
        fn noise_never_panics(
            intact in 0usize..150,
            noise in proptest::collection::vec(any::<u8>(), 0..500),
            cuts in proptest::collection::vec(1usize..200, 1..5),
        ) {
            let flight = exchange().flight;
            let _outcome = receive(&[&flight[..intact.min(flight.len())], &noise].concat(), &cuts);
        }
    }
}
