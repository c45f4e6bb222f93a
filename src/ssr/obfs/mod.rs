//! Obfuscation: the form of the ciphertext on the wire.
//!
//! Each connection has a state machine, [`Obfuscator`]: ciphertext in, wire bytes out, and back. Two methods wait for
//! the server's response before they send data; the bytes to send then come from `decode`.

mod http;
mod plain;
mod random_head;
mod tls;
mod tls_hello;

use std::sync::Arc;

use bytes::BytesMut;
use thiserror::Error;

use super::entropy::Entropy;
pub use crate::model::ssr::Obfs;
use http::{Http, HttpMethod};
use plain::Plain;
use random_head::RandomHead;
use tls::{TicketMode, Tls};

/// The client's side of a connection.
pub trait Obfuscator: Send {
    /// Takes all of `sealed`, and appends to `wire` what can be sent now.
    fn encode(&mut self, sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy);

    /// Takes complete units off the front of `raw`, appends their ciphertext to `sealed`, and the bytes to send in
    /// response to `reply`.
    fn decode(
        &mut self,
        raw: &mut BytesMut,
        sealed: &mut BytesMut,
        reply: &mut BytesMut,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ObfsError>;

    /// How many bytes are held back.
    fn held(&self) -> HeldData;
}

/// The bytes that an [`Obfuscator`] holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldData {
    /// None: everything was sent.
    Nothing,
    /// This many, until the server responds.
    UntilResponse(usize),
}

/// Why the server's bytes cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ObfsError {
    /// The response exceeds the limit.
    #[error("the server's answer is too long")]
    TooLong,
    /// An unexpected record.
    #[error("the server sent an unexpected record")]
    Record,
    /// The signature is wrong: the server has another key.
    #[error("the server's answer is not signed with this key")]
    Signature,
}

/// The parameters of a connection's obfuscation.
#[derive(Clone)]
pub struct ObfsParams {
    /// The key derived from the server's password.
    pub key: Arc<[u8]>,
    /// The host name to pretend: one of the parameter's, or the server's own.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// Headers that replace the default ones.
    pub headers: Option<String>,
    /// Number of bytes, IV and address, that must be within the first bytes sent.
    pub head_len: usize,
    /// Seconds since 1970.
    pub time: u32,
    /// The id of the TLS session that is resumed.
    pub session_id: [u8; 32],
    /// The ticket that resumes it.
    pub ticket: Vec<u8>,
}

/// The client's side of `obfs` for one connection.
pub fn obfuscator(obfs: Obfs, params: ObfsParams) -> Box<dyn Obfuscator> {
    match obfs {
        Obfs::Plain => Box::new(Plain),
        Obfs::HttpSimple => Box::new(Http::new(HttpMethod::Get, params)),
        Obfs::HttpPost => Box::new(Http::new(HttpMethod::Post, params)),
        Obfs::RandomHead => Box::new(RandomHead::new()),
        Obfs::TlsTicketAuth => Box::new(Tls::new(TicketMode::Auth, params)),
        Obfs::TlsTicketFastauth => Box::new(Tls::new(TicketMode::FastAuth, params)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssr::entropy::ThreadEntropy;
    use crate::ssr::vectors;

    /// The parameters of the recorded exchanges of the reference.
    pub fn params() -> ObfsParams {
        let file = vectors::protocols();
        let tls = file["obfs"].as_array().unwrap().iter().find(|it| it["obfs"] == "tls1.2_ticket_auth").unwrap();
        ObfsParams {
            key: vectors::hex(&tls["key"]).into(),
            host: "www.example.com".to_owned(),
            port: 8388,
            headers: None,
            head_len: 16 + 7,
            time: 1_700_000_000,
            session_id: vectors::hex(&tls["tls_client_id"]).try_into().unwrap(),
            ticket: Vec::new(),
        }
    }

    /// A client that has sent its first bytes; with `random_head` the response has arrived too, which must not be
    /// split.
    fn spoken(obfs: Obfs) -> Box<dyn Obfuscator> {
        let mut machine = obfuscator(obfs, params());
        let (mut sealed, mut wire) = (BytesMut::from(&[9; 40][..]), BytesMut::new());
        machine.encode(&mut sealed, &mut wire, &mut ThreadEntropy);
        if obfs == Obfs::RandomHead {
            machine.decode(&mut BytesMut::from("head"), &mut sealed, &mut wire, &mut ThreadEntropy).unwrap();
        }
        machine
    }

    fn receive(obfs: Obfs, input: &[u8], cuts: &[usize]) -> Result<BytesMut, ObfsError> {
        let (mut machine, mut sealed, mut wire) = (spoken(obfs), BytesMut::new(), BytesMut::new());
        vectors::feed(input, cuts, |raw| machine.decode(raw, &mut sealed, &mut wire, &mut ThreadEntropy))?;
        Ok(sealed)
    }

    proptest! {
        // The tests of the TLS obfs are in its own file.
        #[test]
        fn random_splits_change_nothing(
            index in 0usize..4,
            data in proptest::collection::vec(any::<u8>(), 0..500),
            cuts in proptest::collection::vec(1usize..100, 1..20),
        ) {
            let obfs = Obfs::ALL[index];
            let head = match obfs {
                Obfs::HttpSimple | Obfs::HttpPost => "HTTP/1.1 200 OK\r\nServer: openresty\r\n\r\n",
                Obfs::Plain | Obfs::RandomHead | Obfs::TlsTicketAuth | Obfs::TlsTicketFastauth => "",
            };
            let input = [head.as_bytes(), &data].concat();
            for cuts in [&cuts[..], &[1], &[usize::MAX]] {
                prop_assert_eq!(receive(obfs, &input, cuts), Ok(BytesMut::from(&data[..])), "{} {:?}", obfs, cuts);
            }
        }

        #[test]
        fn noise_never_panics(
            index in 0usize..6,
            noise in proptest::collection::vec(any::<u8>(), 0..500),
            cuts in proptest::collection::vec(1usize..100, 1..5),
        ) {
            let _outcome = receive(Obfs::ALL[index], &noise, &cuts);
        }
    }
}
