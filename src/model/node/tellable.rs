//! Which name that nobody knows a message may repeat. In a torn link a password may stand in the place of a name, so
//! only what begins as such names do is told.

/// The longest name of any cipher, protocol or disguise is shorter.
const LONGEST: usize = 32;

/// A name in lower case, if it looks like one of these families, which are beginnings of names.
pub(super) fn name(name: &str, families: &[&str]) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let looks_like_one = families.iter().any(|family| name.starts_with(family));
    (looks_like_one && name.len() <= LONGEST && name.bytes().all(is_of_name)).then_some(name)
}
