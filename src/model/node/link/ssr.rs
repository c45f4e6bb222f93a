//! `ssr://` links: base64 as a whole, with more base64 inside.
//!
//! `ssr://BASE64(host:port:protocol:method:obfs:BASE64(password)/?obfsparam=…&protoparam=…&remarks=…&group=…)`, all
//! values of the query in base64 too. The parts are counted from the right, since a host may be an IPv6 address. An
//! empty protocol is `origin`, an empty obfs `plain`. `udpport` and `uot`, which one client supported, are ignored:
//! datagrams go to the server's port.

use super::parts::{authority, decode_base64, decode_base64_lossy, encode_base64, shown};
use super::{LinkError, LinkPart};
use crate::model::node::cipher::KeyError;
use crate::model::node::{Kind, Node, Ssr};

pub(super) fn parse(rest: &str) -> Result<Node, LinkError> {
    let (body, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let text = decode_base64(body.trim_end_matches('/')).ok_or(LinkError::NotBase64(LinkPart::Whole))?;
    // A trailing line break was encoded with the rest, as by `echo … | base64`.
    let text = text.trim_end();
    let (server, query) = text.split_once('?').unwrap_or((text, ""));
    let server = server.strip_suffix('/').unwrap_or(server);
    let parts: Vec<&str> = server.rsplitn(6, ':').collect();
    let &[password, obfs, method, protocol, port, host] = parts.as_slice() else { return Err(LinkError::Parts) };

    let (host, port) = authority(&format!("{host}:{port}"))?;
    let query = Query(query);
    let fields = SsrFields {
        method,
        password: &decode_base64(password).ok_or(LinkError::NotBase64(LinkPart::Password))?,
        protocol,
        protocol_param: &query.text("protoparam").ok_or(LinkError::NotBase64(LinkPart::ProtocolParam))?,
        obfs,
        obfs_param: &query.text("obfsparam").ok_or(LinkError::NotBase64(LinkPart::ObfsParam))?,
    };
    let remarks = query.label("remarks");
    let name = if remarks.is_empty() { super::parts::name(fragment) } else { remarks };
    let mut node = shadowsocks_r(host, port, &fields)?;
    node.name = name;
    node.group = query.label("group");
    Ok(node)
}

/// The fields of a ShadowsocksR server, as text.
pub(in crate::model) struct SsrFields<'a> {
    pub(in crate::model) method: &'a str,
    pub(in crate::model) password: &'a str,
    pub(in crate::model) protocol: &'a str,
    pub(in crate::model) protocol_param: &'a str,
    pub(in crate::model) obfs: &'a str,
    pub(in crate::model) obfs_param: &'a str,
}

/// A server from its separate parts.
///
/// # Errors
/// The invalid part.
pub(in crate::model) fn shadowsocks_r(host: String, port: u16, fields: &SsrFields<'_>) -> Result<Node, LinkError> {
    if fields.password.is_empty() {
        return Err(KeyError::Empty.into());
    }
    let ssr = Ssr {
        method: fields.method.parse()?,
        password: fields.password.into(),
        protocol: fields.protocol.parse()?,
        protocol_param: fields.protocol_param.into(),
        obfs: fields.obfs.parse()?,
        obfs_param: fields.obfs_param.into(),
    };
    Ok(Node::new(String::new(), host, port, Kind::Ssr(ssr)))
}

pub(super) fn print(node: &Node, ssr: &Ssr) -> String {
    let Node { host, port, .. } = node;
    let Ssr { method, protocol, obfs, .. } = ssr;
    let password = encode_base64(ssr.password.expose());
    let obfs_param = encode_base64(&ssr.obfs_param);
    let mut text = format!("{host}:{port}:{protocol}:{method}:{obfs}:{password}/?obfsparam={obfs_param}");
    for (key, value) in [("protoparam", ssr.protocol_param.expose()), ("remarks", &node.name), ("group", &node.group)] {
        if !value.is_empty() {
            text += &format!("&{key}={}", encode_base64(value));
        }
    }
    format!("ssr://{}", encode_base64(&text))
}

/// The query.
struct Query<'a>(&'a str);

impl Query<'_> {
    /// The text of a key, empty if it is missing; `None` if it is not base64.
    fn text(&self, key: &str) -> Option<String> {
        self.value(key).map_or(Some(String::new()), decode_base64)
    }

    /// The same for text that is only displayed: invalid bytes are replaced.
    fn label(&self, key: &str) -> String {
        shown(&self.value(key).and_then(decode_base64_lossy).unwrap_or_default())
    }

    /// Not percent-decoded: a `+` is a digit of base64.
    fn value(&self, key: &str) -> Option<&str> {
        let pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == key).map(|(_, value)| value).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::link::{parse, print};
    use crate::model::node::ssr::{Method, Obfs, Protocol};

    const CANONICAL: &str = "ssr://MTI3LjAuMC4xOjEyMzQ6YXV0aF9hZXMxMjhfbWQ1OmFlcy0xMjgtY2ZiOnRsczEuMl90aWNrZXRfYXV0aDpZ\
                             V0ZoWW1KaS8_b2Jmc3BhcmFtPVluSmxZV3QzWVRFeExtMXZaUQ";
    const NAMED: &str = "ssr://MTI3LjAuMC4xOjEyMzQ6YXV0aF9hZXMxMjhfbWQ1OmFlcy0xMjgtY2ZiOnRsczEuMl90aWNrZXRfYXV0aDpZV0Zo\
                         WW1KaS8_b2Jmc3BhcmFtPVluSmxZV3QzWVRFeExtMXZaUSZyZW1hcmtzPTVyV0w2Sy1WNUxpdDVwYUg";

    fn ssr(link: &str) -> (Node, Ssr) {
        let node = parse(link).unwrap_or_else(|error| panic!("{link}: {error}"));
        assert_eq!(parse(&print(&node)).unwrap(), node, "{link}");
        let Kind::Ssr(ssr) = node.kind.clone() else { panic!("{link}: no ssr") };
        (node, ssr)
    }

    fn encoded(text: &str) -> String {
        format!("ssr://{}", encode_base64(text))
    }

    #[test]
    fn reads_the_schemes_own_examples() {
        for (link, name) in [(CANONICAL, ""), (NAMED, "测试中文")] {
            let (node, ssr) = ssr(link);
            assert_eq!((node.authority().as_str(), node.name.as_str()), ("127.0.0.1:1234", name));
            assert_eq!((ssr.method, ssr.password.expose()), (Method::Aes128Cfb, "aaabbb"));
            assert_eq!((ssr.protocol, ssr.protocol_param.expose()), (Protocol::AuthAes128Md5, ""));
            assert_eq!((ssr.obfs, ssr.obfs_param.as_str()), (Obfs::TlsTicketAuth, "breakwa11.moe"));
            assert_eq!(print(&node), link);
        }
    }

    #[test]
    fn reads_every_variant() {
        let place = |text: &str| ssr(&encoded(text)).0.authority();
        assert_eq!(place("2001:db8::1:8388:origin:none:plain:cHc"), "[2001:db8::1]:8388");
        assert_eq!(place("[2001:db8::1]:8388:origin:none:plain:cHc/"), "[2001:db8::1]:8388");
        assert_eq!(place("H.Example:1:origin:none:plain:cHc"), "h.example:1");

        let (_, lenient) = ssr(&encoded("h:1:AUTH_SHA1_V4_compatible:AES-256-CFB:http_simple_compatible:cHc"));
        assert_eq!((lenient.protocol, lenient.obfs), (Protocol::AuthSha1V4, Obfs::HttpSimple));
        let (_, empty) = ssr(&encoded("h:1::rc4-md5::cHc=/?protoparam=MTpwdw==&obfsparam=&udpport=0&x"));
        assert_eq!(
            (empty.protocol, empty.obfs, empty.protocol_param.expose()),
            (Protocol::Origin, Obfs::Plain, "1:pw")
        );

        // `??>>` in both alphabets, inside and outside, padded.
        for password in ["Pz8-Pg", "Pz8+Pg==", "Pz8/Pj4+"] {
            let text = format!("h:1:origin:none:plain:{password}/?remarks={password}&group=Zw");
            let standard = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &text);
            let (node, ssr) = ssr(&format!("SSR://{}", standard.replace('=', "%3D")));
            assert_eq!((ssr.password.expose(), node.group.as_str()), (node.name.as_str(), "g"), "{text}");
        }
        // A label that is not UTF-8, and a name in the fragment.
        assert_eq!(ssr(&encoded("h:1:origin:none:plain:cHc?remarks=YcO_/w")).0.name, "aÿ\u{fffd}");
        assert_eq!(ssr(&(encoded("h:1:origin:none:plain:cHc") + "#n%20m")).0.name, "n m");
    }

    #[test]
    fn errors_name_the_part_and_no_secret() {
        for (link, reason) in [
            ("ssr://".to_owned(), "a ShadowsocksR link has six parts"),
            ("ssr://hunter2!".into(), "the link is not valid base64"),
            (encoded("h:1:origin:none:hunter2"), "a ShadowsocksR link has six parts"),
            (encoded("h:1:origin:none:plain:hunter2!"), "the password is not valid base64"),
            (encoded("h:1:origin:none:plain:"), "the password is empty"),
            (encoded("h:0:origin:none:plain:cHc"), "the port must be a number from 1 to 65535"),
            (encoded(":1:origin:none:plain:cHc"), "missing or invalid host"),
            (encoded("h:1:origin:none:plain:cHc/?protoparam=hunter2!"), "protoparam is not valid base64"),
            (encoded("h:1:origin:none:plain:cHc/?obfsparam=hunter2!"), "obfsparam is not valid base64"),
            (encoded("h:1:origin:table:plain:cHc"), "unsupported ShadowsocksR cipher table"),
            (encoded("h:1:origin:hunter2:plain:cHc"), "unsupported ShadowsocksR cipher"),
            (encoded("h:1:auth_chain_f:none:plain:cHc"), "unsupported ShadowsocksR protocol auth_chain_f"),
            (encoded("h:1:origin:none:tls_simple:cHc"), "unsupported ShadowsocksR obfs tls_simple"),
        ] {
            let error = parse(&link).unwrap_err().to_string();
            assert_eq!(error, reason, "{link}");
        }
    }
}
