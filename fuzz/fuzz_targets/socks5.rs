//! SOCKS5 as both sides parse it: a client's handshake, a server's replies, a datagram.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::model::{Handshake, Login, Target};
use sluice::socks5::{ClientHandshake, ClientStep, ServerHandshake, SocksCommand, parse_datagram};

fuzz_target!(|bytes: &[u8]| {
    let login = Login { user: "me".into(), password: "pw".into() };
    let target = Target::Name("a.example".into(), 80);
    for login in [None, Some(&login)] {
        let (used, _) = ServerHandshake::new(login).advance(bytes, &mut Vec::new());
        assert!(used <= bytes.len());
        for pace in [Handshake::Pipelined, Handshake::Stepwise] {
            answer(ClientHandshake::new(pace, login, SocksCommand::Connect, &target), bytes);
        }
    }
    assert!(parse_datagram(bytes).is_none_or(|(_, header)| header <= bytes.len()));
});

fn answer(mut client: ClientHandshake<'_>, mut answers: &[u8]) {
    let mut received = &[][..];
    while let Ok(step) = client.advance(received) {
        received = &[];
        match step {
            ClientStep::Send(_) => {}
            ClientStep::Receive(count) if count <= answers.len() => (received, answers) = answers.split_at(count),
            ClientStep::Receive(_) | ClientStep::Done(_) => return,
        }
    }
}
