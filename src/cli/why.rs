//! `why`: which member serves a site.

use jiff::tz::TimeZone;

use super::ending::Failed;
use super::out::{Format, Out};
use super::status::unexpected;
use super::{Engine, tables};
use crate::i18n::ways;
use crate::model::{Command, Reply};

pub(super) async fn run(engine: &Engine, out: &mut Out, host: String) -> Result<(), Failed> {
    let Reply::Why(why) = engine.call(Command::Why { host }).await? else { return Err(unexpected()) };
    match out.format {
        Format::Json => out.json(&why),
        Format::Text(style) => out.text(&format!(
            "{}\n\n{}",
            ways::served(style.locale, &why),
            tables::places(&why, &TimeZone::system(), style)
        )),
    }
}
