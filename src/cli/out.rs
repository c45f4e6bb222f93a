//! The one place that writes to standard output.
//!
//! Lines are written as they come, so that a reader of a pipe sees them at once; a pipe that nobody
//! reads any more ends the verb quietly. Colours and redrawing are for terminals only.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;

use super::ending::Failed;
use crate::i18n::Locale;

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A program: JSON.
    Json,
    /// A person, or a program that reads what a person would.
    Text(Style),
}

/// How a person is spoken to.
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

/// Standard output.
pub(super) struct Out {
    pub(super) format: Format,
    pub(super) locale: Locale,
    stdout: io::Stdout,
}

impl Out {
    pub(super) fn new(json: bool, locale: Locale) -> Self {
        let stdout = io::stdout();
        let coloured = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let paint = if coloured { Paint::Coloured } else { Paint::Plain };
        let format = if json { Format::Json } else { Format::Text(Style { locale, paint }) };
        Self { format, locale, stdout }
    }

    /// Writes a text and ends its last line. Nothing is written for an empty one.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failed> {
        if text.is_empty() {
            return Ok(());
        }
        let mut stdout = self.stdout.lock();
        writeln!(stdout, "{}", text.trim_end_matches('\n'))?;
        Ok(stdout.flush()?)
    }

    /// Writes a value as one line of JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failed> {
        let line = serde_json::to_string(value).map_err(|error| Failed::of(&error))?;
        self.text(&line)
    }

    /// Asks a person a question at the terminal; only a yes is one.
    pub(super) fn agrees(&self, question: &str) -> Result<bool, Failed> {
        let mut stdout = self.stdout.lock();
        write!(stdout, "{question}")?;
        stdout.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
    }

    /// Clears the terminal, so that what follows stands where the last one stood.
    pub(super) fn redraw(&mut self) -> Result<(), Failed> {
        match self.format {
            Format::Text(Style { paint: Paint::Coloured, .. }) => Ok(write!(self.stdout.lock(), "\x1b[H\x1b[2J")?),
            Format::Text(Style { paint: Paint::Plain, .. }) | Format::Json => Ok(()),
        }
    }
}
