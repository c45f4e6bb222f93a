//! Messages of real clients and servers, hostile ones, and arbitrary bytes.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

fn request(text: &str) -> Result<RequestHead, MessageError> {
    RequestHead::parse(&Bytes::copy_from_slice(text.as_bytes()))
}

fn response(bytes: &[u8]) -> Result<ResponseHead, MessageError> {
    ResponseHead::parse(&Bytes::copy_from_slice(bytes))
}

fn framing_of_request(fields: &str) -> Result<BodyFraming, MessageError> {
    request(&format!("POST http://a/ HTTP/1.1\r\n{fields}\r\n")).and_then(|head| request_framing(&head))
}

fn framing_of_response(fields: &str) -> Result<BodyFraming, MessageError> {
    response_framing(&response(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes()).unwrap(), RequestMethod::Other)
}

#[test]
fn any_target_without_spaces_is_kept() {
    for target in
        [&b"/a?filter={\"name\":\"x\"}"[..], b"/a<b>.txt", b"/a`b|c^d\\", b"/\xce\xc4\xbc\xfe", "/ü".as_bytes()]
    {
        let line = [b"GET ", target, b" HTTP/1.1\r\n"].concat();
        assert_eq!(RequestLine::parse(&line).unwrap().unwrap().target, target);
    }
    for line in [
        "GET /a b HTTP/1.1\n",
        "GET  HTTP/1.1\n",
        "GET /\u{1} HTTP/1.1\n",
        "GET / HTTP/2.0\n",
        "G(T / HTTP/1.1\n",
        "x\n",
    ] {
        assert_eq!(RequestLine::parse(line.as_bytes()), Err(MessageError::Malformed), "{line}");
    }
    assert_eq!(RequestLine::parse(b"GET / HTTP/1.1"), Ok(None));
}

#[test]
fn a_head_ends_with_an_empty_line() {
    for head in ["GET / HTTP/1.1\r\nA: b\r\n\r\n", "GET / HTTP/1.1\nA: b\n\n", "GET / HTTP/1.1\r\n\r\n"] {
        let all = [head.as_bytes(), b"body\r\n\r\n"].concat();
        for searched in 0..head.len() {
            assert_eq!(head_end(&all, searched), Some(head.len()));
            assert_eq!(head_end(&all[..searched], 0), None);
        }
    }
    assert_eq!(leading_line_breaks(b"\r\n\nGET"), 3);
}

#[test]
fn requests_are_parsed_strictly() {
    assert!(request("GET / HTTP/1.1\r\nA: b\u{e9}\r\n\r\n").is_ok());
    for fields in ["A : b", " A: b", "A: b\r\n c", "A", "A: b\rc", "A: b\0", "A: b\u{1}", "A(: b"] {
        assert_eq!(request(&format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n")), Err(MessageError::Malformed), "{fields:?}");
    }
    let many = |count| request(&format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(count)));
    assert_eq!(many(200).unwrap().fields.count(), 200);
    assert_eq!(many(201), Err(MessageError::TooLong));
}

#[test]
fn responses_are_parsed_leniently() {
    let head = response(
        b"HTTP/1.1 200 Tr\xc3\xa8s bien\r\nSet-Cookie: a=dmo\x01ZPF\r\nno colon here\r\nX Foo: 1\r\nSpaced : 2\r\n\
          Long: 3\r\n 4\r\nNull: 5\x006\r\n\r\n",
    )
    .unwrap();
    let value = |name| head.fields.get(name).map(|value| &value[..]);
    assert_eq!((head.status, &head.reason[..]), (200, "Très bien".as_bytes()));
    assert_eq!(value("set-cookie"), Some(&b"a=dmo\x01ZPF"[..]));
    assert_eq!(
        (value("spaced"), value("long"), value("null")),
        (Some(&b"2"[..]), Some(&b"3 4"[..]), Some(&b"5 6"[..]))
    );
    assert_eq!(head.fields.count(), 4);
    let icy = response(b"ICY 200 OK\r\nicy-name: r\r\n\r\n").unwrap();
    assert_eq!((icy.minor, icy.status), (0, 200));
    assert_eq!(response(b"HTTP/1.1 204\r\n\r\n").unwrap().status, 204);
    for line in
        ["HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000", "HTTP/1.1  ", "HTTP/1.1 099 x", "SSH-2.0-x", "200 OK"]
    {
        assert_eq!(response(format!("{line}\r\n\r\n").as_bytes()), Err(MessageError::Malformed), "{line}");
    }
    assert!(ResponseHead::may_begin(b"HT") && ResponseHead::may_begin(b"ICY 2") && !ResponseHead::may_begin(b"SSH"));
}

#[test]
fn an_ambiguous_request_is_refused() {
    use BodyFraming::{Chunked, Empty, Length};
    assert_eq!(framing_of_request(""), Ok(Empty));
    assert_eq!(framing_of_request("Content-Length: 5\r\n"), Ok(Length(5)));
    assert_eq!(framing_of_request("Content-Length: 5, 5\r\nContent-Length: 5\r\n"), Ok(Length(5)));
    assert_eq!(framing_of_request("Transfer-Encoding: Chunked\r\n"), Ok(Chunked));
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5,\r\n",
        "Content-Length:\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 18446744073709551616\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding:\r\n",
    ] {
        assert_eq!(framing_of_request(fields), Err(MessageError::Malformed), "{fields}");
    }
    let old = request("POST http://a/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    assert_eq!(request_framing(&old), Err(MessageError::Malformed));
}

#[test]
fn chunks_override_the_length_of_a_response() {
    use BodyFraming::{Chunked, Empty, Length, UntilClose};
    assert_eq!(framing_of_response("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), Ok(Chunked));
    assert_eq!(framing_of_response("Transfer-Encoding: identity\r\nContent-Length: 5\r\n"), Ok(Length(5)));
    assert_eq!(framing_of_response(""), Ok(UntilClose));
    assert_eq!(framing_of_response("Content-Length: 5\r\nContent-Length: 6\r\n"), Err(MessageError::Malformed));
    assert_eq!(framing_of_response("Transfer-Encoding: gzip, chunked\r\n"), Err(MessageError::Malformed));
    for (status, method) in [(200, RequestMethod::Head), (204, RequestMethod::Other), (304, RequestMethod::Other)] {
        let head = response(format!("HTTP/1.1 {status} x\r\nContent-Length: 5\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(response_framing(&head, method), Ok(Empty));
    }
}

#[test]
fn listed_and_known_fields_concern_one_connection() {
    let fields = "Connection: keep-alive, X-Mine\r\nConnection: x-other,,\r\nX-Mine: 1\r\nX-Other: 2\r\nKeep-Alive: timeout=5\r\n\
                  Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nTE: trailers\r\nAuthorization: Basic y\r\n";
    let mut head = request(&format!("GET / HTTP/1.1\r\n{fields}\r\n")).unwrap();
    head.fields.remove_hop_by_hop();
    head.fields.set("Host", "a");
    assert_eq!(head.to_bytes(), b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic y\r\n\r\n");
}

/// The data of a chunked body that arrives in pieces of this size, and its length in bytes.
fn decode(body: &[u8], piece: usize) -> Result<(Vec<u8>, usize), MessageError> {
    let (mut decoder, mut data, mut at) = (ChunkedDecoder::default(), Vec::new(), 0);
    loop {
        let input = &body[at..body.len().min(at + piece)];
        let (used, decoded) = decoder.advance(input)?;
        at += used;
        match decoded {
            ChunkPiece::Data(length) => {
                data.extend(&body[at..at + length]);
                at += length;
            }
            ChunkPiece::End => return Ok((data, at)),
            ChunkPiece::NeedsMore if at == body.len() => return Err(MessageError::TooLong),
            ChunkPiece::NeedsMore => {}
        }
    }
}

#[test]
fn chunks_are_decoded_in_any_split() {
    let body = b"5;ext=\"1\"\r\nhello\r\n00A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
    let all = [&body[..], b"GET "].concat();
    for piece in 1..all.len() {
        assert_eq!(decode(&all, piece), Ok((b"hello0123456789".to_vec(), body.len())));
    }
}

#[test]
fn malformed_chunks_are_refused() {
    for body in [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "5\nhello",
        "1\r\nab\r\n",
        "1\r\na\n0\r\n\r\n",
        "11111111111111111\r\n",
        "1;\na\r\n",
        "0\r\n\n",
    ] {
        assert_eq!(decode(body.as_bytes(), 100), Err(MessageError::Malformed), "{body:?}");
    }
    let long = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(20_000));
    assert_eq!(decode(long.as_bytes(), 4_096), Err(MessageError::TooLong));
}

proptest! {
    #[test]
    fn any_chunked_data_round_trips(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..6), piece in 1usize..40) {
        let mut body: Vec<u8> =
            chunks.iter().flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()).collect();
        body.extend(b"0\r\n\r\n");
        prop_assert_eq!(decode(&body, piece), Ok((chunks.concat(), body.len())));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), start in 0usize..4) {
        let starts = [&b""[..], b"GET http://a/ HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n", b"ICY 200 OK\r\nA: b\r\n"];
        let head = Bytes::from([starts[start], &bytes, b"\r\n\r\n"].concat());
        let _request = RequestHead::parse(&head).and_then(|head| request_framing(&head));
        if let Ok(response) = ResponseHead::parse(&head) {
            let again = response.to_bytes(1);
            // The next hop parses what is passed on in the same way.
            prop_assert_eq!(ResponseHead::parse(&Bytes::from(again)).map(|head| head.fields), Ok(response.fields));
        }
        let _decoded = decode(&bytes, 7);
        prop_assert!(head_end(&head, 0).is_some_and(|end| end <= head.len()));
    }
}
