//! The one place that writes to standard output.
//!
//! Each line is flushed, so that the reader of a pipe sees it at once; a closed pipe ends the command quietly.
//! Colours and redrawing are for terminals only.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;

use super::exit::CliError;
use crate::i18n::Locale;

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutputFormat {
    /// A program: JSON.
    Json,
    /// A person: text.
    Text(Style),
}

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) locale: Locale,
    pub(super) paint: Paint,
}

/// Whether a text may hold colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// A terminal.
    Coloured,
    /// A pipe, a file, or a terminal whose user wants none (`NO_COLOR`).
    Plain,
}

/// Writes to standard output.
pub(super) struct Printer {
    pub(super) format: OutputFormat,
    pub(super) locale: Locale,
    stdout: io::Stdout,
}

impl Printer {
    /// For a program, which reads JSON.
    pub(super) fn for_program(locale: Locale) -> Self {
        Self { format: OutputFormat::Json, locale, stdout: io::stdout() }
    }

    /// For a person, with colours if standard output is a terminal.
    pub(super) fn for_person(locale: Locale) -> Self {
        let stdout = io::stdout();
        let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let paint = if coloured { Paint::Coloured } else { Paint::Plain };
        Self { format: OutputFormat::Text(Style { locale, paint }), locale, stdout }
    }

    /// Writes a text and ends its last line. Nothing is written for an empty one.
    pub(super) fn text(&mut self, text: &str) -> Result<(), CliError> {
        if text.is_empty() {
            return Ok(());
        }
        let mut stdout = self.stdout.lock();
        writeln!(stdout, "{}", text.trim_end_matches('\n'))?;
        Ok(stdout.flush()?)
    }

    /// Writes a value as one line of JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let line = serde_json::to_string(value).map_err(|error| CliError::of(&error))?;
        self.text(&line)
    }

    /// Asks a question at the terminal; anything but yes is no.
    pub(super) fn confirms(&self, question: &str) -> Result<bool, CliError> {
        let mut stdout = self.stdout.lock();
        write!(stdout, "{question}")?;
        stdout.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
    }

    /// Clears the terminal, so that the next output takes the place of the last.
    pub(super) fn redraw(&mut self) -> Result<(), CliError> {
        match self.format {
            OutputFormat::Text(Style { paint: Paint::Coloured, .. }) => {
                Ok(write!(self.stdout.lock(), "\x1b[H\x1b[2J")?)
            }
            OutputFormat::Text(Style { paint: Paint::Plain, .. }) | OutputFormat::Json => Ok(()),
        }
    }
}
