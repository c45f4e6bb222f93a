//! `ss://` links: SIP002, and the older form that is base64 as a whole.
//!
//! SIP002: `ss://userinfo@host:port[/][?plugin=name;options][#name]`, where the userinfo is `method:password`,
//! percent-encoded or in base64 (SIP022 ciphers must use the plain form; both are accepted here). The older form:
//! `ss://BASE64(method:password@host:port)[#name]`, whose password may contain any character: the method ends at the
//! first `:`, the host begins after the last `@`.

use super::outline::{self, OutlineOptions};
use super::parts::{Cut, authority, decode, decode_base64, encode, encode_base64, fragment};
use super::{LinkError, plugins};
use crate::model::node::{Kind, Node, Plugin, Secret, cipher, safe_name};

/// Prefixes of cipher names that occur in lists.
const FAMILIES: [&str; 16] = [
    "2022-",
    "aead",
    "aes-",
    "bf-",
    "camellia-",
    "cast5-",
    "chacha20",
    "des-",
    "idea-",
    "rc2-",
    "rc4-",
    "salsa20",
    "seed-",
    "sm4-",
    "xchacha20",
    "xsalsa20",
];

/// Query keys that select a transport, with the values that mean the default.
const TRANSPORT: [(&str, &[&str]); 5] = [
    ("type", &["tcp", "raw", "none"]),
    ("network", &["tcp", "raw", "none"]),
    ("security", &["none"]),
    ("tls", &["0", "false"]),
    ("headerType", &["none"]),
];

/// Plugins that other clients have built in and write into links, and that correspond to no known program.
const BUILT_IN: [&str; 5] = ["shadow-tls", "restls", "gost-plugin", "kcptun", "cloak"];

pub(super) fn parse(rest: &str) -> Result<Node, LinkError> {
    let cut = Cut::at_marks(rest);
    let (method, password, place) = match cut.body.rsplit_once('@') {
        Some((userinfo, place)) => {
            let (method, password) = credentials(userinfo)?;
            (method, password, place.to_owned())
        }
        None => whole(cut.body)?,
    };
    let kind = kind(&method, password, plugin(&cut))?;
    let (host, port) = authority(&place)?;
    Ok(Node::new(cut.name, host, port, kind))
}

/// A server from its separate parts; a plugin is its name and its options.
///
/// # Errors
/// The invalid part.
pub(in crate::model) fn shadowsocks(
    host: String,
    port: u16,
    method: &str,
    password: Secret,
    plugin: Option<(&str, &str)>,
) -> Result<Node, LinkError> {
    let plugin = plugin.map(|(name, options)| checked_plugin(name.into(), options)).transpose();
    Ok(Node::new(String::new(), host, port, kind(method, password, plugin)?))
}

fn kind(method: &str, password: Secret, plugin: Result<Option<Plugin>, LinkError>) -> Result<Kind, LinkError> {
    let method = cipher::canonical(method).ok_or_else(|| LinkError::Cipher(safe_name::safe_name(method, &FAMILIES)))?;
    cipher::check_password(method, password.expose())?;
    let mut plugin = plugin?;
    if let Some(options) = plugin.as_ref().map(OutlineOptions::of).transpose()?.flatten() {
        options.check(method)?;
        // The canonical form: the plugin is part of the node's identity.
        plugin = options.plugin();
    }
    Ok(Kind::Ss { method: method.into(), password, plugin })
}

pub(super) fn print(node: &Node, method: &str, password: &Secret, plugin: Option<&Plugin>) -> String {
    let userinfo = if cipher::is_2022(method) {
        format!("{}:{}", encode(method), encode(password.expose()))
    } else {
        encode_base64(&format!("{method}:{}", password.expose()))
    };
    let query = plugin.map(print_plugin).unwrap_or_default();
    format!("ss://{userinfo}@{}{query}{}", node.authority(), fragment(node))
}

/// The plugin from the query. Unknown transport options are rejected: without them the node would connect in another
/// way than its owner intended.
fn plugin(cut: &Cut<'_>) -> Result<Option<Plugin>, LinkError> {
    for (key, plain) in TRANSPORT {
        if let Some(option) = cut.other_than(key, plain) {
            return Err(LinkError::Transport(option));
        }
    }
    if let Some(name) = BUILT_IN.iter().find(|name| cut.other_than(name, &[]).is_some()) {
        return Err(LinkError::UnknownPlugin((*name).into()));
    }
    let value = |key: &str| cut.value(key).filter(|value| !value.is_empty());
    if cut.other_than("prefix", &[]).is_some() {
        if ["plugin", "v2ray-plugin", "obfs"].into_iter().any(|key| value(key).is_some()) {
            return Err(LinkError::Transport("prefix".into()));
        }
        let prefix = value("prefix").and_then(|text| outline::prefix(&text)).ok_or(LinkError::Prefix)?;
        return Ok(OutlineOptions::of_prefix(prefix).plugin());
    }
    let obfs = value("obfs").filter(|mode| !["none", "plain"].contains(&mode.as_str()));
    match (value("plugin"), value("v2ray-plugin"), obfs) {
        (None, None, None) => Ok(None),
        (Some(plugin), None, None) => parse_plugin(&plugin).map(Some),
        (None, Some(packed), None) => v2ray_plugin(&packed).map(Some),
        (None, None, Some(mode)) => {
            let host = value("obfs-host").or_else(|| value("obfsParam")).unwrap_or_default();
            let (name, options) = plugins::obfs(&mode, &host)?;
            checked_plugin(name, &options).map(Some)
        }
        (_, _, Some(_)) => Err(LinkError::Transport("obfs".into())),
        (Some(_), Some(_), None) => Err(LinkError::Transport("v2ray-plugin".into())),
    }
}

/// The plugin as written by Shadowrocket: its options as JSON in base64.
fn v2ray_plugin(packed: &str) -> Result<Plugin, LinkError> {
    let json = decode_base64(packed).and_then(|json| serde_json::from_str::<plugins::EntryFields>(&json).ok());
    let options = json.ok_or_else(|| LinkError::UnknownPlugin("v2ray-plugin".into()))?;
    let (name, options) = plugins::translated("v2ray-plugin", &options)?;
    checked_plugin(name, &options)
}

/// Method and password from the userinfo. Base64 contains no `:`, so text with one is plain.
fn credentials(userinfo: &str) -> Result<(String, Secret), LinkError> {
    if let Some((method, password)) = userinfo.split_once(':') {
        let decoded = decode(method).zip(decode(password)).ok_or(LinkError::Credentials)?;
        return Ok((decoded.0, decoded.1.into()));
    }
    let text = decode_base64(userinfo)
        // Some encode the colon too.
        .or_else(|| decode(userinfo).filter(|text| text.contains(':')))
        .ok_or(LinkError::Credentials)?;
    let (method, password) = text.split_once(':').ok_or(LinkError::NoPassword)?;
    Ok((method.into(), password.into()))
}

fn whole(body: &str) -> Result<(String, Secret, String), LinkError> {
    let text = decode_base64(body).ok_or(LinkError::Credentials)?;
    // A trailing line break was encoded with the rest, as by `echo … | base64`.
    let text = text.trim_end();
    let (userinfo, place) = text.rsplit_once('@').ok_or(LinkError::Host)?;
    let (method, password) = userinfo.split_once(':').ok_or(LinkError::NoPassword)?;
    Ok((method.into(), password.into(), place.into()))
}

/// Parses `name;options`. Options stay as they are, since the plugin handles their escapes (SIP003); in the name a
/// backslash escapes a character that would end it.
fn parse_plugin(text: &str) -> Result<Plugin, LinkError> {
    let mut name = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => break,
            '\\' => name.extend(characters.next()),
            plain => name.push(plain),
        }
    }
    checked_plugin(name, characters.as_str())
}

/// An untrusted link must not select a program outside the search path.
fn checked_plugin(name: String, options: &str) -> Result<Plugin, LinkError> {
    let of_program = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(of_program) && !name.starts_with(['.', '-']);
    if !fits || options.contains('\0') {
        return Err(LinkError::Plugin);
    }
    Ok(Plugin { name, options: options.into() })
}

fn print_plugin(plugin: &Plugin) -> String {
    if let Some(prefix) = OutlineOptions::of(plugin).ok().flatten().and_then(|options| options.prefix_alone()) {
        return format!("/?outline=1&prefix={prefix}");
    }
    let escaped = plugin.name.replace('\\', "\\\\").replace(';', "\\;");
    let text = if plugin.options.is_empty() { escaped } else { format!("{escaped};{}", plugin.options) };
    format!("/?plugin={}", encode(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::link::{parse, print};

    fn check(link: &str, method: &str, password: &str, place: &str, name: &str) {
        let node = parse(link).unwrap_or_else(|error| panic!("{link}: {error}"));
        let Kind::Ss { method: found, password: secret, plugin } = &node.kind else { panic!("{link}: no ss") };
        assert_eq!((found.as_str(), secret.expose()), (method, password), "{link}");
        assert_eq!((node.authority().as_str(), node.name.as_str(), plugin), (place, name, &None), "{link}");
        assert_eq!(parse(&print(&node)).unwrap(), node, "{link}");
    }

    #[test]
    fn reads_the_standard_form() {
        let aes = "aes-256-gcm";
        check("ss://YWVzLTI1Ni1nY206dGVzdA@127.0.0.1:8388", aes, "test", "127.0.0.1:8388", "");
        check("SS://YWVzLTI1Ni1nY206dGVzdA==@127.0.0.1:8388/#a%20b", aes, "test", "127.0.0.1:8388", "a b");
        check("ss://YWVzLTI1Ni1nY206dGVzdA%3D%3D@[::1]:8388#东京", aes, "test", "[::1]:8388", "东京");
        check("ss://aes-256-gcm:p%40%2F%23%3A@h.example:1", aes, "p@/#:", "h.example:1", "");
        check("ss://aes-256-gcm:a:b@h.example:1", aes, "a:b", "h.example:1", "");
        check("ss://AES-256-GCM%3Atest@h.example:1", aes, "test", "h.example:1", "");
        // `aes-256-gcm:??>>` in both alphabets.
        check("ss://YWVzLTI1Ni1nY206Pz8-Pg@h:1", aes, "??>>", "h:1", "");
        check("ss://YWVzLTI1Ni1nY206Pz8+Pg==@h:1", aes, "??>>", "h:1", "");
        let key = "AAAAAAAAAAAAAAAAAAAAAA==";
        let link = "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA%3D%3D@h:1#x";
        check(link, "2022-blake3-aes-128-gcm", key, "h:1", "x");
    }

    #[test]
    fn reads_the_legacy_form() {
        for password in ["test", "p@ss", "a/b", "x#y", "a:b@c#d/e", "pass?word", "密码"] {
            for place in ["192.0.2.1:8388", "h.example:1", "[2001:db8::1]:443"] {
                let inside = format!("aes-128-gcm:{password}@{place}");
                let padded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &inside);
                check(&format!("ss://{padded}#n"), "aes-128-gcm", password, place, "n");
                check(&format!("ss://{}", encode_base64(&inside)), "aes-128-gcm", password, place, "");
            }
        }
    }

    #[test]
    fn reads_plugins() {
        let plugin = |query: &str| {
            let node = parse(&format!("ss://YWVzLTI1Ni1nY206dGVzdA@h:1/?{query}#n"))?;
            assert_eq!(parse(&print(&node)).unwrap(), node);
            let Kind::Ss { plugin, .. } = node.kind else { panic!("no ss") };
            Ok::<_, LinkError>(plugin.map(|plugin| format!("{}|{}", plugin.name, plugin.options)))
        };
        let obfs = plugin("plugin=obfs-local%3Bobfs%3Dhttp%3Bobfs-host%3Dexample.com").unwrap();
        assert_eq!(obfs.as_deref(), Some("obfs-local|obfs=http;obfs-host=example.com"));
        let escaped = plugin("group=x&plugin=v2ray-plugin;path=%2Fa%5C%3Bb%5C%5C").unwrap();
        assert_eq!(escaped.as_deref(), Some(r"v2ray-plugin|path=/a\;b\\"));
        assert_eq!(plugin("plugin=obfs%5C-local").unwrap().as_deref(), Some("obfs-local|"));
        assert_eq!(plugin("plugin=").unwrap(), None);
        assert_eq!(plugin("outline=1").unwrap(), None);
        for name in ["%3Bobfs", "%2Fbin%2Fsh", "..%2Fx", "a b", "-x", "a%5C"].map(|name| format!("plugin={name}")) {
            let expected = if name.ends_with("a%5C") { Ok(Some("a|".into())) } else { Err(LinkError::Plugin) };
            assert_eq!(plugin(&name), expected, "{name}");
        }
    }

    #[test]
    fn errors_name_the_part_and_no_secret() {
        let encoded = |text: &str| format!("ss://{}", encode_base64(text));
        for (link, reason) in [
            ("ss://".to_owned(), "missing or invalid host"),
            ("ss://!!!@h:1".into(), "the part before the host is neither plain text nor base64"),
            ("ss://aHVudGVyMg@h:1".into(), "no password"),
            ("ss://hunter2:x@h:1".into(), "unsupported cipher"),
            ("ss://aes-192-gcm:hunter2@h:1".into(), "unsupported cipher aes-192-gcm"),
            ("ss://aes-256-gcm:@h:1".into(), "the password is empty"),
            ("ss://aes-256-gcm:hunter2@h".into(), "missing port"),
            ("ss://aes-256-gcm:hunter2@h:0".into(), "the port must be a number from 1 to 65535"),
            ("ss://aes-256-gcm:hunter2@h:1/p".into(), "unexpected text after the port"),
            (encoded("aes-256-gcm:hunter2@h:65536"), "the port must be a number from 1 to 65535"),
            (encoded("aes-256-gcm:hunter2"), "missing or invalid host"),
            (
                "ss://2022-blake3-aes-256-gcm:hunter2@h:1".into(),
                "the key for 2022-blake3-aes-256-gcm is not valid base64",
            ),
        ] {
            let error = parse(&link).unwrap_err().to_string();
            assert_eq!(error, reason, "{link}");
            assert!(!error.contains("hunter2"));
        }
    }
}
