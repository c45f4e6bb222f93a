//! `rules`: which way an address goes.

use super::Engine;
use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use crate::i18n::ways;
use crate::model::{Command, Reply};

pub(super) async fn test(engine: &Engine, out: &mut Out, url: String) -> Result<(), Failed> {
    let Reply::Ruled(ruled) = engine.call(Command::RulesTest { url }).await? else { return Err(unexpected()) };
    match out.format {
        Format::Json => out.json(&ruled),
        Format::Text(style) => out.text(&ways::ruled(style.locale, &ruled)),
    }
}
