//! `http_simple` and `http_post`: the first bytes are the path of a request, percent-encoded, and the next its body;
//! the server's response begins with a header block. After that both directions are plain.

use bytes::{Buf, BytesMut};

use super::{HeldData, ObfsError, ObfsParams, Obfuscator};
use crate::ssr::entropy::Entropy;
use crate::ssr::pipeline::pass;

/// User agents of browsers at the time of the reference.
const USER_AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 6.3; WOW64; rv:40.0) Gecko/20100101 Firefox/44.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:52.0) Gecko/20100101 Firefox/52.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:60.0) Gecko/20100101 Firefox/60.0",
];
/// Most bytes after the head that go into the path.
const PATH_SPREAD: usize = 64;
/// Longest header block of a response, in bytes. The reference server's has 167; a web server's may be longer.
const MAX_RESPONSE: usize = 16 * 1024;
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// The request that is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// `http_simple`.
    Get,
    /// `http_post`.
    Post,
}

/// The state of a connection.
pub struct Http {
    method: HttpMethod,
    params: ObfsParams,
    request: HttpPhase,
    answer: HttpPhase,
}

/// The state of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HttpPhase {
    Header,
    Bare,
}

impl Http {
    pub fn new(method: HttpMethod, params: ObfsParams) -> Self {
        Self { method, params, request: HttpPhase::Header, answer: HttpPhase::Header }
    }

    fn encode_request(&self, sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        let path_len = match sealed.len() {
            len if len > self.params.head_len + PATH_SPREAD => self.params.head_len + entropy.below(PATH_SPREAD + 1),
            len => len,
        };
        let mut request = match self.method {
            HttpMethod::Get => "GET /".to_owned(),
            HttpMethod::Post => "POST /".to_owned(),
        };
        sealed.split_to(path_len).iter().for_each(|byte| request.push_str(&format!("%{byte:02x}")));
        request.push_str(&format!(" HTTP/1.1\r\nHost: {}\r\n", self.authority()));
        match &self.params.headers {
            Some(headers) => request.push_str(&custom_headers(headers)),
            None => request.push_str(&self.usual_headers(entropy)),
        }
        request.push_str("\r\n\r\n");
        wire.extend_from_slice(request.as_bytes());
        wire.extend_from_slice(sealed);
        sealed.clear();
    }

    fn authority(&self) -> String {
        let ObfsParams { host, port, .. } = &self.params;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        if *port == 80 { host } else { format!("{host}:{port}") }
    }

    fn usual_headers(&self, entropy: &mut dyn Entropy) -> String {
        let agent = USER_AGENTS[entropy.below(USER_AGENTS.len())];
        let mut headers = format!(
            "User-Agent: {agent}\r\n\
             Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
             Accept-Language: en-US,en;q=0.8\r\n\
             Accept-Encoding: gzip, deflate\r\n"
        );
        if self.method == HttpMethod::Post {
            headers.push_str(&format!("Content-Type: multipart/form-data; boundary={}\r\n", boundary(entropy)));
        }
        headers + "DNT: 1\r\nConnection: keep-alive"
    }
}

impl Obfuscator for Http {
    fn encode(&mut self, sealed: &mut BytesMut, wire: &mut BytesMut, entropy: &mut dyn Entropy) {
        match self.request {
            HttpPhase::Header => {
                self.encode_request(sealed, wire, entropy);
                self.request = HttpPhase::Bare;
            }
            HttpPhase::Bare => pass(sealed, wire),
        }
    }

    fn decode(
        &mut self,
        raw: &mut BytesMut,
        sealed: &mut BytesMut,
        _reply: &mut BytesMut,
        _entropy: &mut dyn Entropy,
    ) -> Result<(), ObfsError> {
        if self.answer == HttpPhase::Header {
            let searched = &raw[..raw.len().min(MAX_RESPONSE)];
            match searched.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE) {
                Some(at) => raw.advance(at + BLANK_LINE.len()),
                None if raw.len() >= MAX_RESPONSE => return Err(ObfsError::TooLong),
                None => return Ok(()),
            }
            self.answer = HttpPhase::Bare;
        }
        pass(raw, sealed);
        Ok(())
    }

    fn held(&self) -> HeldData {
        HeldData::Nothing
    }
}

/// The lines of a link's parameter, in which line breaks may be escaped, without one at the end.
fn custom_headers(headers: &str) -> String {
    let lines = headers.replace("\\n", "\n").replace('\r', "");
    lines.split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\r\n")
}

fn boundary(entropy: &mut dyn Entropy) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..32).map(|_| char::from(ALPHABET[entropy.below(ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssr::obfs::tests::params;
    use crate::ssr::vectors::{self, Script};

    fn check(name: &str, method: HttpMethod, numbers: &[usize]) {
        let steps = vectors::obfs(name);
        let [plain, request, _, answer, decoded] = &steps[..] else { panic!("{steps:?}") };
        let mut script = Script::default().numbers(numbers);
        let (mut wire, mut sealed) = (BytesMut::new(), BytesMut::from(&plain.1[..]));
        let mut machine = Http::new(method, params());

        machine.encode(&mut sealed, &mut wire, &mut script);
        assert_eq!((&wire[..], script.is_used_up()), (&request.1[..], true), "{name}");

        for cut in [1, 7, 100, answer.1.len()] {
            let mut machine = Http::new(method, params());
            let mut sealed = BytesMut::new();
            vectors::feed(&answer.1, &[cut], |raw| machine.decode(raw, &mut sealed, &mut wire, &mut script)).unwrap();
            assert_eq!(sealed, decoded.1, "{name} in pieces of {cut}");
        }
    }

    #[test]
    fn the_exchanges_match_the_reference() {
        check("http_simple", HttpMethod::Get, &[7, 0]);
        let boundary = "X1Kvzq2TQmNmClrKboZzu3g8Xi7cgR5C".bytes().map(|byte| match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            _ => byte - b'0' + 52,
        });
        check("http_post", HttpMethod::Post, &[7, 0].into_iter().chain(boundary.map(usize::from)).collect::<Vec<_>>());
    }

    #[test]
    fn headers_in_the_parameter_replace_the_default_ones() {
        let params = ObfsParams { headers: Some("X-One: 1\\nX-Two: 2\n".to_owned()), port: 80, ..params() };
        let mut wire = BytesMut::new();
        let mut machine = Http::new(HttpMethod::Get, params);
        machine.encode(&mut BytesMut::from("ab"), &mut wire, &mut Script::default());
        assert_eq!(wire, "GET /%61%62 HTTP/1.1\r\nHost: www.example.com\r\nX-One: 1\r\nX-Two: 2\r\n\r\n");
    }

    #[test]
    fn an_endless_response_is_refused() {
        let mut machine = Http::new(HttpMethod::Get, params());
        let (mut sealed, mut wire) = (BytesMut::new(), BytesMut::new());
        let endless = vec![b'a'; MAX_RESPONSE];
        let outcome =
            vectors::feed(&endless, &[1000], |raw| machine.decode(raw, &mut sealed, &mut wire, &mut Script::default()));
        assert_eq!(outcome, Err(ObfsError::TooLong));
    }
}
