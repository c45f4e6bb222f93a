//! The command that makes the programs in a terminal use the gateway.

use super::menu::Shell;

/// The command for a shell; `address` is where the gateway listens. Programs disagree on the case of the variables, so
/// both are set; `socks5h` makes the proxy resolve names.
pub fn command(shell: Shell, address: &str) -> String {
    let (http, socks) = (format!("http://{address}"), format!("socks5h://{address}"));
    let pairs = [("http_proxy", &http), ("https_proxy", &http), ("all_proxy", &socks)];
    let one = |name: &str, value: &str| match shell {
        Shell::Sh => format!("export {name}={value}"),
        Shell::Fish => format!("set -gx {name} {value}"),
        Shell::Power => format!("$env:{name} = \"{value}\""),
    };
    let lines = pairs.iter().flat_map(|(lower, value)| {
        let upper = one(&lower.to_uppercase(), value);
        match shell {
            Shell::Sh | Shell::Fish => vec![one(lower, value), upper],
            // On Windows environment variables are case-insensitive.
            Shell::Power => vec![upper],
        }
    });
    lines.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_has_its_syntax() {
        let sh = command(Shell::Sh, "127.0.0.1:1080");
        assert!(sh.starts_with("export http_proxy=http://127.0.0.1:1080; export HTTP_PROXY="), "{sh}");
        assert!(sh.ends_with("; export ALL_PROXY=socks5h://127.0.0.1:1080"), "{sh}");
        let fish = command(Shell::Fish, "127.0.0.1:1080");
        assert!(fish.contains("set -gx https_proxy http://127.0.0.1:1080;"), "{fish}");
        let power = command(Shell::Power, "[::1]:1080");
        assert_eq!(
            power,
            "$env:HTTP_PROXY = \"http://[::1]:1080\"; $env:HTTPS_PROXY = \"http://[::1]:1080\"; \
             $env:ALL_PROXY = \"socks5h://[::1]:1080\""
        );
    }
}
