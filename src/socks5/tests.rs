//! Both sides against each other, against another implementation, and against arbitrary bytes.

use proptest::prelude::*;
use shadowsocks::relay::socks5::{Address, Command, TcpRequestHeader};

use super::*;
use crate::model::{Handshake, Login};

const HELLO: &[u8] = &[5, 1, 2];
const LOGIN: &[u8] = b"\x01\x01u\x02pw";
const REQUEST: &[u8] = b"\x05\x01\x00\x03\x09localhost\x00\x50";

fn login() -> Login {
    Login { user: "u".into(), password: "pw".into() }
}

fn localhost() -> Target {
    Target::Name("localhost".into(), 80)
}

/// The result for these bytes: the step, the output, the bytes left over.
fn serve(login: Option<&Login>, input: &[u8]) -> (ServerStep, Vec<u8>, Vec<u8>) {
    let mut output = Vec::new();
    let (used, step) = ServerHandshake::new(login).advance(input, &mut output);
    (step, output, input[used..].to_vec())
}

fn connect(target: Target, user: Option<&str>) -> ServerStep {
    ServerStep::Serve(SocksRequest::Connect(target), user.map(Into::into))
}

#[test]
fn everything_in_one_piece_leaves_the_payload() {
    let input = [HELLO, LOGIN, REQUEST, b"GET /"].concat();
    let expected = (connect(localhost(), None), vec![5, 2, 1, 0], b"GET /".to_vec());
    assert_eq!(serve(Some(&login()), &input), expected);
}

#[test]
fn single_bytes_change_nothing() {
    let login = login();
    let mut handshake = ServerHandshake::new(Some(&login));
    let (mut input, mut output) = (Vec::new(), Vec::new());
    let all = [HELLO, LOGIN, REQUEST].concat();
    for (index, byte) in all.iter().enumerate() {
        input.push(*byte);
        let (used, step) = handshake.advance(&input, &mut output);
        input.drain(..used);
        assert_eq!(step == ServerStep::ReadMore, index + 1 < all.len(), "after byte {index}");
    }
    assert_eq!(output, [5, 2, 1, 0]);
}

#[test]
fn the_method_depends_on_offer_and_requirement() {
    let login = login();
    let choose = |login, greeting: &[u8]| serve(login, greeting).1;
    assert_eq!(choose(None, &[5, 1, 0]), [5, 0]);
    assert_eq!(choose(None, &[5, 2, 0, 2]), [5, 2]);
    assert_eq!(choose(None, &[5, 1, 1]), [5, 255]);
    assert_eq!(choose(Some(&login), &[5, 1, 0]), [5, 255]);
    assert_eq!(choose(Some(&login), &[5, 2, 0, 2]), [5, 2]);
    assert!(choose(None, &[5, 2, 0]).is_empty());
}

#[test]
fn without_a_login_the_user_name_is_kept() {
    let user = |credentials: &[u8]| serve(None, &[HELLO, credentials, REQUEST].concat()).0;
    assert_eq!(user(b"\x01\x02ab\x00"), connect(localhost(), Some("ab")));
    assert_eq!(user(b"\x01\x00\x00"), connect(localhost(), None));
}

#[test]
fn refusals_have_their_reply_codes() {
    let check = |messages: &[&[u8]], refusal, expected: &[u8]| {
        let (step, output, _) = serve(Some(&login()), &messages.concat());
        assert_eq!((step, &*output), (ServerStep::Close(refusal), expected));
    };
    let reply = |code| [&[5, 2, 1, 0][..], &[5, code, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
    use HandshakeRefusal::{Malformed, NoLogin, Unsupported, WrongLogin};
    check(&[b"GET / HTTP/1.1\r\n"], Malformed, &[]);
    check(&[&[5, 1, 0]], NoLogin, &[5, 255]);
    check(&[HELLO, b"\x01\x01u\x02px"], WrongLogin, &[5, 2, 1, 1]);
    check(&[HELLO, b"\x01\x01x\x02pw"], WrongLogin, &[5, 2, 1, 1]);
    check(&[HELLO, b"\x01\x00\x00"], WrongLogin, &[5, 2, 1, 1]);
    check(&[HELLO, b"\x05"], Malformed, &[5, 2]);
    check(&[HELLO, LOGIN, &[4]], Malformed, &[5, 2, 1, 0]);
    check(&[HELLO, LOGIN, &[5, 2, 0, 1, 1, 2, 3, 4, 0, 80]], Unsupported, &reply(7));
    check(&[HELLO, LOGIN, &[5, 1, 0, 9]], Unsupported, &reply(8));
    check(&[HELLO, LOGIN, &[5, 1, 0, 3, 1, 0xff, 0, 80]], Unsupported, &reply(8));
    check(&[HELLO, LOGIN, &[5, 1, 0, 3, 0, 0, 80]], Malformed, &reply(1));
    check(&[HELLO, LOGIN, b"\x05\x01\x00\x03\x03a\nb\x00\x50"], Malformed, &reply(1));
}

#[test]
fn names_that_are_addresses_become_addresses() {
    let ask = |request: &[u8]| serve(None, &[&[5, 1, 0], request].concat()).0;
    let address = |text: &str| connect(Target::Address(text.parse().unwrap()), None);
    assert_eq!(ask(b"\x05\x01\x00\x03\x09127.0.0.1\x00\x50"), address("127.0.0.1:80"));
    assert_eq!(ask(b"\x05\x01\x00\x03\x03::1\x00\x50"), address("[::1]:80"));
}

#[test]
fn an_association_announces_its_source_address() {
    let ask = |request: &[u8]| serve(None, &[&[5, 1, 0], request].concat()).0;
    let associate = |addr: Option<&str>| {
        ServerStep::Serve(SocksRequest::UdpAssociate(addr.map(|addr| addr.parse().unwrap())), None)
    };
    assert_eq!(ask(&[5, 3, 0, 1, 127, 0, 0, 1, 0, 53]), associate(Some("127.0.0.1:53")));
    assert_eq!(ask(b"\x05\x03\x00\x03\x01a\x00\x50"), associate(None));
    assert_eq!(ask(b"\x05\x03\x00\x03\x00\x00\x00"), associate(None));
}

/// Runs a client against a server that has these bytes ready, and counts the sends.
fn ask(
    login: Option<&Login>,
    pace: Handshake,
    mut answers: &[u8],
) -> (Result<Option<Target>, HandshakeError>, Vec<Vec<u8>>) {
    let target = localhost();
    let mut client = ClientHandshake::new(pace, login, SocksCommand::Connect, &target);
    let (mut received, mut sent) = (Vec::new(), Vec::new());
    loop {
        match client.advance(&received) {
            Ok(ClientStep::Send(bytes)) => {
                sent.push(bytes);
                received.clear();
            }
            Ok(ClientStep::Receive(count)) => {
                assert!(count > 0 && count <= answers.len(), "{count} of {answers:?}");
                received = answers[..count].to_vec();
                answers = &answers[count..];
            }
            Ok(ClientStep::Done(bound)) => {
                assert!(answers.is_empty() || answers == b"payload");
                return (Ok(bound), sent);
            }
            Err(error) => return (Err(error), sent),
        }
    }
}

#[test]
fn a_client_sends_at_its_pace_and_leaves_the_payload() {
    let answers = b"\x05\x02\x01\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50payload";
    let bound = Some(Target::Address("127.0.0.1:80".parse().unwrap()));
    let login = login();
    let stepwise = ask(Some(&login), Handshake::Stepwise, answers);
    assert_eq!(stepwise, (Ok(bound.clone()), vec![HELLO.to_vec(), LOGIN.to_vec(), REQUEST.to_vec()]));
    let pipelined = ask(Some(&login), Handshake::Pipelined, answers);
    assert_eq!(pipelined, (Ok(bound), vec![[HELLO, LOGIN, REQUEST].concat()]));
    let unnamed = ask(None, Handshake::Pipelined, b"\x05\x00\x05\x00\x00\x03\x00\x00\x00payload");
    assert_eq!(unnamed, (Ok(None), vec![[&[5, 1, 0], REQUEST].concat()]));
}

#[test]
fn a_client_gets_the_reason_of_a_refusal() {
    let login = login();
    let refusal = |answers: &[u8]| ask(Some(&login), Handshake::Stepwise, answers).0.unwrap_err();
    assert_eq!(refusal(b"HT"), HandshakeError::NotSocks5);
    assert_eq!(refusal(&[5, 0]), HandshakeError::LoginRefused);
    assert_eq!(refusal(&[5, 255]), HandshakeError::LoginRefused);
    assert_eq!(refusal(&[5, 2, 1, 1]), HandshakeError::LoginRefused);
    assert_eq!(refusal(&[5, 2, 1, 0, 5, 4, 0, 1]), HandshakeError::Refused(ReplyCode::HOST_UNREACHABLE));
    assert_eq!(refusal(&[5, 2, 1, 0, 5, 0, 0, 9]), HandshakeError::NotSocks5);
}

#[test]
fn fragments_and_truncated_headers_are_rejected() {
    let mut whole = Vec::new();
    write_datagram_header(&mut whole, &Target::Name("a.test".into(), 53));
    let length = whole.len();
    whole.extend(b"payload");
    assert_eq!(parse_datagram(&whole), Some((Target::Name("a.test".into(), 53), length)));
    let mut fragment = whole.clone();
    fragment[2] = 1;
    assert_eq!(parse_datagram(&fragment), None);
    for cut in 0..length {
        assert_eq!(parse_datagram(&whole[..cut]), None);
    }
}

fn targets() -> impl Strategy<Value = Target> {
    prop_oneof![
        any::<([u8; 4], u16)>().prop_map(|(ip, port)| Target::Address((ip, port).into())),
        any::<([u8; 16], u16)>().prop_map(|(ip, port)| Target::Address((ip, port).into())),
        ("[a-z][a-z.]{0,253}x", any::<u16>()).prop_map(|(name, port)| Target::Name(name.into(), port)),
    ]
}

/// As another implementation writes it.
fn foreign(target: &Target) -> Address {
    match target {
        Target::Address(addr) => Address::SocketAddress(*addr),
        Target::Name(name, port) => Address::DomainNameAddress(name.to_string(), *port),
    }
}

proptest! {
    #[test]
    fn requests_match_another_implementation(
        target in targets(),
        surplus in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = Vec::new();
        TcpRequestHeader::new(Command::TcpConnect, foreign(&target)).write_to_buf(&mut bytes);
        let mut own = vec![5, 1, 0];
        write_address(&mut own, &target);
        prop_assert_eq!(&own, &bytes);
        for cut in 0..bytes.len() {
            let (step, ..) = serve(None, &[&[5, 1, 0], &bytes[..cut]].concat());
            prop_assert_eq!(step, ServerStep::ReadMore);
        }
        let (step, _, rest) = serve(None, &[&[5, 1, 0], &bytes[..], &surplus].concat());
        prop_assert_eq!((step, rest), (connect(target, None), surplus));
    }

    #[test]
    fn client_and_server_are_compatible(
        target in targets(),
        user in "[a-z]{1,255}",
        password in "[ -~]{1,255}",
        asks: bool,
        pipelined: bool,
        associate: bool,
    ) {
        let login = asks.then(|| Login { user, password: password.as_str().into() });
        let pace = if pipelined { Handshake::Pipelined } else { Handshake::Stepwise };
        let command = if associate { SocksCommand::UdpAssociate } else { SocksCommand::Connect };
        let mut client = ClientHandshake::new(pace, login.as_ref(), command, &target);
        let mut server = ServerHandshake::new(login.as_ref());
        let (mut to_server, mut to_client, mut received) = (Vec::new(), Vec::new(), Vec::new());
        let mut request = None;
        let bound = loop {
            match client.advance(&received).unwrap() {
                ClientStep::Send(bytes) => {
                    received.clear();
                    to_server.extend(bytes);
                    let (used, step) = server.advance(&to_server, &mut to_client);
                    to_server.drain(..used);
                    match step {
                        ServerStep::ReadMore => {}
                        ServerStep::Serve(asked, _) => {
                            request = Some(asked);
                            write_reply(&mut to_client, ReplyCode::SUCCEEDED, "127.0.0.1:9".parse().unwrap());
                        }
                        ServerStep::Close(refusal) => panic!("{refusal:?}"),
                    }
                }
                ClientStep::Receive(count) => received = to_client.drain(..count).collect(),
                ClientStep::Done(bound) => break bound,
            }
        };
        prop_assert_eq!(bound, Some(Target::Address("127.0.0.1:9".parse().unwrap())));
        let expected = match (command, target) {
            (SocksCommand::Connect, target) => SocksRequest::Connect(target),
            (SocksCommand::UdpAssociate, Target::Address(addr)) => SocksRequest::UdpAssociate(Some(addr)),
            (SocksCommand::UdpAssociate, Target::Name(..)) => SocksRequest::UdpAssociate(None),
        };
        prop_assert_eq!(request, Some(expected));
        prop_assert!(to_server.is_empty() && to_client.is_empty());
    }

    #[test]
    fn no_bytes_panic_a_server(tail in prop::collection::vec(any::<u8>(), 0..600), known in 0usize..3, asks: bool) {
        let login = asks.then(login);
        let input = [&[HELLO, LOGIN][..known.min(2)].concat(), &*tail].concat();
        let (step, _, rest) = serve(login.as_ref(), &input);
        // No message is longer than a login, so no client can have more buffered than that.
        prop_assert!(step != ServerStep::ReadMore || rest.len() < 513);
        let _parsed = parse_address(&tail);
    }

    #[test]
    fn no_response_panics_a_client(answers in prop::collection::vec(any::<u8>(), 0..600), pipelined: bool) {
        let pace = if pipelined { Handshake::Pipelined } else { Handshake::Stepwise };
        let (login, target) = (login(), localhost());
        let mut client = ClientHandshake::new(pace, Some(&login), SocksCommand::Connect, &target);
        let (mut rest, mut received) = (&answers[..], &[][..]);
        while let Ok(step) = client.advance(received) {
            received = &[];
            match step {
                ClientStep::Send(_) => {}
                ClientStep::Receive(count) if count <= rest.len() => (received, rest) = rest.split_at(count),
                ClientStep::Receive(count) => {
                    prop_assert!(count <= 257);
                    break;
                }
                ClientStep::Done(_) => break,
            }
        }
    }

    #[test]
    fn no_datagram_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), fits: bool) {
        let start = if fits { &[0, 0, 0][..] } else { &[] };
        let bytes = [start, &bytes].concat();
        if let Some((_, header)) = parse_datagram(&bytes) {
            prop_assert!(header <= bytes.len());
        }
    }
}
