//! Generates manual pages and shell completions from a program's command line definition.

use std::io;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

/// The shells that completions are generated for.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Writes a manual page for the program and each of its verbs to `man/` in `folder`, and a file for each shell to
/// `completions/`.
///
/// # Errors
/// A file or folder cannot be written.
pub fn write(mut program: Command, folder: &Path) -> io::Result<()> {
    let name = program.get_name().to_owned();
    let (pages, completions) = (folder.join("man"), folder.join("completions"));
    std::fs::create_dir_all(&pages)?;
    std::fs::create_dir_all(&completions)?;
    // Before the completions, whose generator adds a `help` verb to every verb, which would get a page too.
    clap_mangen::generate_to(program.clone(), &pages)?;
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut program, &name, &completions)?;
    }
    Ok(())
}
