//! A command line as Windows keeps it in the registry: the program and its arguments, quoted.
//! <https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments>

use std::path::Path;

/// The program, always in quotes, and its arguments.
pub(super) fn of(program: &Path, arguments: &[String]) -> String {
    // A path has no quotation mark, and ends in no backslash.
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
            // Backslashes count only before a quotation mark: there each is doubled.
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
    fn program_and_arguments_come_out_as_they_went_in() {
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
