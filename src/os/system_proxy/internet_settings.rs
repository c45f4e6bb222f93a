//! What kinds of values Windows keeps its proxy in, and their texts.

use std::io;

/// The kind of a value in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `REG_DWORD`
    Number,
    /// `REG_SZ`
    Text,
}

/// The kind that a value has.
pub(super) fn kind(key: &str) -> Kind {
    if key == "ProxyEnable" { Kind::Number } else { Kind::Text }
}

/// The number that a text says.
///
/// # Errors
/// It says none.
pub(super) fn number(text: &str) -> io::Result<u32> {
    text.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("no number: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_is_a_number_and_all_else_text() {
        assert_eq!(kind("ProxyEnable"), Kind::Number);
        for key in ["ProxyServer", "ProxyOverride", "AutoConfigURL"] {
            assert_eq!(kind(key), Kind::Text);
        }
        assert_eq!(number("1").unwrap(), 1);
        assert!(number("on").unwrap_err().to_string().contains("on"));
    }
}
