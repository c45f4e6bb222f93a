//! Manual pages and completions for shells, made from a program's own description of its command line.

use std::io;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;

/// The shells that completions are made for.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Writes into `folder`, which exists: a manual page for the program and for each of its verbs in `man/`, and a file for
/// each shell in `completions/`.
///
/// # Errors
/// Those of the files.
pub fn write(mut program: Command, folder: &Path) -> io::Result<()> {
    let name = program.get_name().to_owned();
    let (pages, completions) = (folder.join("man"), folder.join("completions"));
    std::fs::create_dir_all(&pages)?;
    std::fs::create_dir_all(&completions)?;
    // First, since what makes completions gives every verb a verb `help`, which would have pages too.
    clap_mangen::generate_to(program.clone(), &pages)?;
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut program, &name, &completions)?;
    }
    Ok(())
}
