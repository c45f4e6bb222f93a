//! Decides whether an unknown name may be repeated in a message. In a damaged link it may be a password, so only names
//! with a known prefix are.

/// Longer than the longest name of any cipher, protocol or obfuscation method.
const MAX_LENGTH: usize = 32;

/// A name in lower case, if it begins with one of these prefixes.
pub(super) fn safe_name(name: &str, families: &[&str]) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let looks_like_one = families.iter().any(|family| name.starts_with(family));
    (looks_like_one && name.len() <= MAX_LENGTH && name.bytes().all(is_of_name)).then_some(name)
}
