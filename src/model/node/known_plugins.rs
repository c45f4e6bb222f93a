//! Plugins that run without the user's permission, with the options that they may be given.
//!
//! Each was checked in its source: a SIP003 client that starts no program and writes no file. Options that are not
//! listed need permission, like an unknown program. Some options are left out on purpose: `server` turns v2ray-plugin,
//! xray-plugin and shadow-tls into a server, which gives remote peers access to this machine's network; `localAddr`,
//! `remoteAddr` and Cloak's `LocalHost` listen or connect elsewhere; `cert`, `key`, `c` and a single word for Cloak
//! name a file. (`kcptun` is not listed at all: its options name a log file that is written.)

/// A known plugin.
struct KnownPlugin {
    names: &'static [&'static str],
    /// Its client options that name no file and no address. None if Sluice itself reads the options.
    options: Option<&'static [&'static str]>,
    /// Characters that its parser treats as the end of a value, so that another option may follow.
    not_in_values: &'static [char],
}

const PLUGINS: [KnownPlugin; 5] = [
    KnownPlugin {
        names: &["obfs-local", "simple-obfs"],
        options: Some(&["obfs", "obfs-host", "obfs-uri", "http-method", "fast-open", "mptcp", "t", "v", "6"]),
        not_in_values: &[],
    },
    KnownPlugin {
        names: &["v2ray-plugin", "ss-v2ray-plugin", "xray-plugin"],
        options: Some(&[
            "mode",
            "host",
            "path",
            "tls",
            "mux",
            "certRaw",
            "serviceName",
            "fastOpen",
            "fast-open",
            "loglevel",
            "fwmark",
        ]),
        not_in_values: &[],
    },
    KnownPlugin {
        names: &["shadow-tls"],
        options: Some(&["host", "passwd", "v3", "strict", "alpn", "threads", "fastopen"]),
        // It also parses an option after a second equals sign.
        not_in_values: &['='],
    },
    KnownPlugin {
        names: &["ck-client"],
        options: Some(&[
            "Transport",
            "ProxyMethod",
            "EncryptionMethod",
            "UID",
            "PublicKey",
            "ServerName",
            "AlternativeNames",
            "CDNOriginHost",
            "CDNWsUrlPath",
            "NumConn",
            "BrowserSig",
            "StreamTimeout",
            "KeepAlive",
        ]),
        // It inserts values into JSON without escaping.
        not_in_values: &['"'],
    },
    // Built in, not a program ([`outline`](super::link::outline)).
    KnownPlugin { names: &["outline"], options: None, not_in_values: &[] },
];

/// Whether a program may run with these options (`key=value;key`) without permission.
pub(super) fn is_known(program: &str, options: &str) -> bool {
    let Some(plugin) = PLUGINS.iter().find(|plugin| plugin.names.contains(&program)) else { return false };
    let Some(known) = plugin.options else { return true };
    // After an escaped semicolon, the rest of the value counts as an option here, which is rejected.
    options.split(';').filter(|option| !option.is_empty()).all(|option| {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        known.contains(&key) && !value.contains(plugin.not_in_values)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_clients_are_known() {
        for (program, options) in [
            ("obfs-local", "obfs=http;obfs-host=www.example.com"),
            ("simple-obfs", "obfs=tls;obfs-host=a;obfs-uri=/x;fast-open"),
            ("v2ray-plugin", "tls;mode=websocket;host=a.example;path=/x?ed\\=2048;mux=0"),
            ("ss-v2ray-plugin", "mode=quic;host=a"),
            ("xray-plugin", "mode=grpc;serviceName=x;tls;loglevel=none"),
            ("shadow-tls", "v3;host=a.example;passwd=x"),
            (
                "ck-client",
                "UID=iGAO85zysIyR4c09CyZSLdNhtP/ckcYu7nIPI082AHA=;PublicKey=IYoUzkle/T=;ServerName=a;NumConn=4",
            ),
            ("outline", "prefix=%16%03;udp=a:1"),
            ("obfs-local", ""),
        ] {
            assert!(is_known(program, options), "{program} {options}");
        }
    }

    #[test]
    fn options_that_open_files_or_ports_are_not_allowed() {
        for (program, options) in [
            ("v2ray-plugin", "server;localAddr=127.0.0.1;localPort=22;remoteAddr=0.0.0.0;remotePort=9999"),
            ("xray-plugin", "tls;server"),
            ("v2ray-plugin", "localAddr=0.0.0.0"),
            ("v2ray-plugin", "s\\erver"),
            ("v2ray-plugin", "host=a\\;server"),
            ("v2ray-plugin", " server"),
            ("v2ray-plugin", "tls;cert=/dev/zero"),
            ("xray-plugin", "mode=hysteria;masqType=file;masqFile=/etc/passwd"),
            ("shadow-tls", "server;tls=127.0.0.1:22;passwd=x"),
            ("shadow-tls", "v3;host=a;passwd=x=server;tls=127.0.0.1:22"),
            ("ck-client", "/home/me/ck.json"),
            ("ck-client", "UID=x;LocalHost=0.0.0.0"),
            ("ck-client", "UID=x;NumConn=4,\"LocalHost\":\"0.0.0.0\""),
            ("obfs-local", "obfs=http;c=/etc/x.json"),
            ("obfs-local", "obfs=http;f=/tmp/pid"),
            ("kcptun", ""),
        ] {
            assert!(!is_known(program, options), "{program} {options}");
        }
    }
}
