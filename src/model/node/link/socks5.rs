//! `socks5://[user:password@]host:port[#name]`, with the userinfo percent-encoded or, as some clients write it under
//! `socks://`, in base64; some encode the whole link in base64.

use super::LinkError;
use super::parts::{Cut, authority, decode, decode_base64, encode, fragment};
use crate::model::node::{Kind, Login, Node, Secret};

pub(super) fn parse(rest: &str) -> Result<Node, LinkError> {
    let cut = Cut::at_marks(rest);
    // Options for SOCKS5 over TLS or WebSocket, which some clients support.
    for (key, plain) in [("tls", &["0", "false"][..]), ("security", &["none"]), ("type", &["tcp", "raw"])] {
        if let Some(option) = cut.other_than(key, plain) {
            return Err(LinkError::Transport(option));
        }
    }
    let whole = decode_base64(cut.body).filter(|text| !cut.body.contains(':') && text.contains(':'));
    let body = whole.as_deref().unwrap_or(cut.body);
    let (login, place) = match body.rsplit_once('@') {
        Some((userinfo, place)) => (credentials(userinfo)?, place),
        None => (None, body),
    };
    let (host, port) = authority(place)?;
    Ok(Node::new(cut.name, host, port, Kind::Socks5 { login }))
}

pub(super) fn print(node: &Node, login: Option<&Login>) -> String {
    let userinfo = login.map(|login| format!("{}:{}@", encode(&login.user), encode(login.password.expose())));
    format!("socks5://{}{}{}", userinfo.unwrap_or_default(), node.authority(), fragment(node))
}

fn credentials(userinfo: &str) -> Result<Option<Login>, LinkError> {
    let (user, password) = match userinfo.split_once(':') {
        Some((user, password)) => decode(user).zip(decode(password)).ok_or(LinkError::Credentials)?,
        None => {
            let text = decode_base64(userinfo).ok_or(LinkError::NoPassword)?;
            let (user, password) = text.split_once(':').ok_or(LinkError::NoPassword)?;
            (user.to_owned(), password.to_owned())
        }
    };
    login(user, password.into())
}

/// A server from its separate parts.
///
/// # Errors
/// The invalid part.
pub(in crate::model) fn socks5(host: String, port: u16, user: String, password: Secret) -> Result<Node, LinkError> {
    let kind = Kind::Socks5 { login: login(user, password)? };
    Ok(Node::new(String::new(), host, port, kind))
}

fn login(user: String, password: Secret) -> Result<Option<Login>, LinkError> {
    // Written by clients for a server without a login.
    if user.is_empty() && password.expose().is_empty() {
        return Ok(None);
    }
    let fits = |text: &str| (1..=255).contains(&text.len());
    if !fits(&user) || !fits(password.expose()) {
        return Err(LinkError::LoginLength);
    }
    Ok(Some(Login { user, password }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::node::link::{parse, print};

    fn check(link: &str, login: Option<(&str, &str)>, place: &str, name: &str) {
        let node = parse(link).unwrap_or_else(|error| panic!("{link}: {error}"));
        let Kind::Socks5 { login: found } = &node.kind else { panic!("{link}: no socks5") };
        let found = found.as_ref().map(|login| (login.user.as_str(), login.password.expose()));
        assert_eq!((found, node.authority().as_str(), node.name.as_str()), (login, place, name), "{link}");
        assert_eq!(parse(&print(&node)).unwrap(), node, "{link}");
    }

    #[test]
    fn reads_every_form() {
        check("socks5://127.0.0.1:9050#Tor", None, "127.0.0.1:9050", "Tor");
        check("socks5h://[::1]:1080/", None, "[::1]:1080", "");
        check("socks5://me:p%40ss%3A@h.example:1080", Some(("me", "p@ss:")), "h.example:1080", "");
        check("socks://bWU6cHc@h.example:1080#n", Some(("me", "pw")), "h.example:1080", "n");
        check("socks://Og==@h.example:1080", None, "h.example:1080", "");
        check("socks://bWU6cHdAaC5leGFtcGxlOjEwODA=#n", Some(("me", "pw")), "h.example:1080", "n");
    }

    #[test]
    fn refuses_logins_that_socks5_does_not_support() {
        let refused = |link: &str| parse(link).unwrap_err();
        assert_eq!(refused("socks5://me@h:1"), LinkError::NoPassword);
        assert_eq!(refused("socks5://me:@h:1"), LinkError::LoginLength);
        assert_eq!(refused(&format!("socks5://{}:x@h:1", "u".repeat(256))), LinkError::LoginLength);
        assert_eq!(refused("socks5://me:pw@h"), LinkError::NoPort);
        assert_eq!(refused("socks5://"), LinkError::NoPort);
    }
}
