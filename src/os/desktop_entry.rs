//! The installed desktop entry, and commands in others (freedesktop.org, Desktop Entry Specification, "The Exec key").

use std::path::Path;

/// The entry that packages install; the programs are then in `PATH`.
pub(super) const INSTALLED: &str = include_str!("../../installer/sluice.desktop");

/// A program and its arguments, for the key `Exec`.
pub(super) fn command(program: &Path, arguments: &[String]) -> String {
    let program = program.to_string_lossy();
    let words = std::iter::once(&*program).chain(arguments.iter().map(String::as_str));
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

/// A plain name or path stays unquoted, since `xdg-open` does not understand quotes. Any other word is
/// quoted, with a backslash before special characters; the backslash is doubled, since the file's
/// own string syntax uses it too; and `%` is doubled, since it starts a field code.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@,+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut text = String::from('"');
    for character in word.chars() {
        match character {
            '\\' => text.push_str(r"\\\\"),
            '"' | '`' | '$' => text.extend([r"\\", character.encode_utf8(&mut [0; 4])]),
            '%' => text.push_str("%%"),
            plain => text.push(plain),
        }
    }
    text.push('"');
    text
}
