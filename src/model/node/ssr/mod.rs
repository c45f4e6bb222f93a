//! The ShadowsocksR settings of a node, and the names of ciphers, protocols and obfuscation methods.
//!
//! Each kind of name is an enum, which is parsed leniently (upper case, the suffix `_compatible` that only servers
//! need, an empty text for "none") and printed as in links. The wire formats are in the room `ssr`; an unknown name is
//! rejected when it is parsed, in a link or in a file.

use serde::{Deserialize, Serialize};

use crate::locale::messages;
use crate::model::node::Secret;

/// Serializes an enum of names as its name.
macro_rules! spelled {
    ($names:ident) => {
        impl TryFrom<String> for $names {
            type Error = UnsupportedName;

            fn try_from(name: String) -> Result<Self, Self::Error> {
                name.parse()
            }
        }

        impl From<$names> for &'static str {
            fn from(name: $names) -> Self {
                name.name()
            }
        }

        impl std::fmt::Display for $names {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

mod method;
mod obfs;
mod protocol;

pub use method::Method;
pub use obfs::Obfs;
pub use protocol::Protocol;

/// The settings of a ShadowsocksR node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ssr {
    /// The stream cipher.
    pub method: Method,
    /// The password.
    pub password: Secret,
    /// How plaintext is framed.
    pub protocol: Protocol,
    /// `uid:password` of one user of a shared server, or empty.
    #[serde(default, skip_serializing_if = "Secret::is_empty")]
    pub protocol_param: Secret,
    /// How the ciphertext is obfuscated.
    pub obfs: Obfs,
    /// Host names for the obfs, separated by commas; for HTTP also `#` and headers. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub obfs_param: String,
}

messages! {
    /// An unknown name. It is repeated only if it looks like a name of its kind, since in a damaged link it may be a
    /// password.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum UnsupportedName {
        /// No such cipher.
        Method(name: Option<String>) = "link-ssr-method" | "link-ssr-method-unnamed",
        /// No such protocol.
        Protocol(name: Option<String>) = "link-ssr-protocol" | "link-ssr-protocol-unnamed",
        /// No such obfs.
        Obfs(name: Option<String>) = "link-ssr-obfs" | "link-ssr-obfs-unnamed",
    }
}

/// Prefixes of the names that occur in lists.
const METHODS: [&str; 13] = [
    "aes-",
    "bf-",
    "camellia-",
    "cast5-",
    "chacha20",
    "des-",
    "idea-",
    "rc2-",
    "rc4",
    "salsa20",
    "seed-",
    "table",
    "xsalsa20",
];
const PROTOCOLS: [&str; 2] = ["auth_", "verify_"];
const OBFS: [&str; 5] = ["http_", "random_", "simple_obfs", "tls1.", "tls_"];

/// The name in lower case, without the suffix `_compatible`.
fn plain_name(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name.strip_suffix("_compatible").map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_leniently() {
        assert_eq!("AES-256-CFB".parse(), Ok(Method::Aes256Cfb));
        assert_eq!("auth_sha1_v4_compatible".parse(), Ok(Protocol::AuthSha1V4));
        assert_eq!("".parse(), Ok(Protocol::Origin));
        assert_eq!("".parse(), Ok(Obfs::Plain));
        assert_eq!("TLS1.2_ticket_auth_compatible".parse(), Ok(Obfs::TlsTicketAuth));
    }

    #[test]
    fn names_survive_a_round_trip() {
        Method::ALL.into_iter().for_each(|it| assert_eq!(it.name().parse(), Ok(it)));
        Protocol::ALL.into_iter().for_each(|it| assert_eq!(it.name().parse(), Ok(it)));
        Obfs::ALL.into_iter().for_each(|it| assert_eq!(it.name().parse(), Ok(it)));
    }

    #[test]
    fn an_unknown_name_is_repeated_unless_it_may_be_a_secret() {
        let method = |name: &str| name.parse::<Method>().unwrap_err().to_string();
        let protocol = |name: &str| name.parse::<Protocol>().unwrap_err().to_string();
        let obfs = |name: &str| name.parse::<Obfs>().unwrap_err().to_string();
        assert_eq!(protocol("auth_chain_f"), "unsupported ShadowsocksR protocol auth_chain_f");
        assert_eq!(method("TABLE"), "unsupported ShadowsocksR cipher table");
        assert_eq!(obfs("http_mix"), "unsupported ShadowsocksR obfs http_mix");
        assert_eq!(method("hunter2"), "unsupported ShadowsocksR cipher");
        assert_eq!(method(""), "unsupported ShadowsocksR cipher");
        assert_eq!(protocol("auth_\u{1b}[2J"), "unsupported ShadowsocksR protocol");
    }

    #[test]
    fn a_file_holds_the_names() {
        let ssr = Ssr {
            method: Method::Rc4Md5,
            password: "pw".into(),
            protocol: Protocol::Origin,
            protocol_param: "".into(),
            obfs: Obfs::HttpSimple,
            obfs_param: String::new(),
        };
        let json = serde_json::to_string(&ssr).unwrap();
        assert_eq!(json, r#"{"method":"rc4-md5","password":"pw","protocol":"origin","obfs":"http_simple"}"#);
        assert_eq!(serde_json::from_str::<Ssr>(&json).unwrap(), ssr);
        let refused = serde_json::from_str::<Ssr>(&json.replace("origin", "auth_chain_f")).unwrap_err();
        assert!(refused.to_string().contains("auth_chain_f"), "{refused}");
    }
}
