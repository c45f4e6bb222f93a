//! Quoting of Windows command lines, as stored in the registry.
//! <https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments>

use std::path::Path;

/// The command line for a program, which is always quoted, and its arguments.
pub(super) fn of(program: &Path, arguments: &[String]) -> String {
    // The path of a program contains no quotation mark and does not end in a backslash.
    let program = format!("\"{}\"", program.display());
    std::iter::once(program).chain(arguments.iter().map(|argument| quoted(argument))).collect::<Vec<_>>().join(" ")
}

fn quoted(argument: &str) -> String {
    if !argument.is_empty() && !argument.contains([' ', '\t', '"']) {
        return argument.to_owned();
    }
    let (mut line, mut backslashes) = (String::from("\""), 0);
    for letter in argument.chars() {
        match letter {
            '\\' => backslashes += 1,
            // Backslashes are literal except before a quotation mark, where each is doubled.
            '"' => {
                line.push_str(&"\\".repeat(backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(letter);
    }
    line.push_str(&"\\".repeat(backslashes));
    line.push('"');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_command_line_is_parsed_into_the_same_arguments() {
        for (argument, expected) in [
            ("--home", "--home"),
            (r"C:\sluice", r"C:\sluice"),
            (r"C:\my files\", r#""C:\my files\\""#),
            ("", r#""""#),
            (r#"a "b" \"#, r#""a \"b\" \\""#),
            (r#"\" x"#, r#""\\\" x""#),
        ] {
            assert_eq!(quoted(argument), expected, "{argument}");
        }
        let line = of(Path::new(r"C:\Program Files\Sluice\sluice-tray.exe"), &["--home".into(), r"D:\a b".into()]);
        assert_eq!(line, r#""C:\Program Files\Sluice\sluice-tray.exe" --home "D:\a b""#);
    }
}
