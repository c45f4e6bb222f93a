//! What kinds of values Windows keeps its proxy in, and their texts.

use std::io;

/// Type of a registry value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    /// `REG_DWORD`
    Number,
    /// `REG_SZ`
    Text,
}

/// The type of a value.
pub(super) fn value_type(key: &str) -> ValueType {
    if key == "ProxyEnable" { ValueType::Number } else { ValueType::Text }
}

/// Parses a number.
///
/// # Errors
/// Not a number.
pub(super) fn number(text: &str) -> io::Result<u32> {
    text.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("not a number: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_is_a_number_and_all_else_text() {
        assert_eq!(value_type("ProxyEnable"), ValueType::Number);
        for key in ["ProxyServer", "ProxyOverride", "AutoConfigURL"] {
            assert_eq!(value_type(key), ValueType::Text);
        }
        assert_eq!(number("1").unwrap(), 1);
        assert!(number("on").unwrap_err().to_string().contains("on"));
    }
}
