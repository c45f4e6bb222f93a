//! Passes each command to the module that carries it out.

use super::args::{ClusterVerb, DoorVerb, EngineVerb, NodeVerb, PacVerb, RulesVerb};
use super::backup::{PasswordSource, RestoreMode};
use super::exit::CliError;
use super::foreign::Consent;
use super::import::ImportMode;
use super::printer::Printer;
use super::scan::PictureSource;
use super::{
    RemoteEngine, activity, backup, connections, diagnose, doors, export, fix, import, nodes, pins, rules, scan,
    settings, share, sites, status, subscriptions, switch, test, why,
};
use crate::model::Command;
use crate::model::backup::ProgramScope;
use crate::model::preview::ShareForm;

/// Carries out a command of a running engine.
pub(super) async fn engine(verb: EngineVerb, engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    match verb {
        EngineVerb::Status { watch: false } => status::show(engine, out).await,
        EngineVerb::Status { watch: true } => status::watch(engine, out).await,
        EngineVerb::Connect { node } => switch::turn_on(engine, out, Command::Connect { node }).await,
        EngineVerb::Disconnect => switch::execute(engine, out, Command::Disconnect).await,
        EngineVerb::Cluster { verb: ClusterVerb::On { group, size, strategy } } => {
            switch::turn_on(engine, out, Command::ClusterOn { group, size, strategy }).await
        }
        EngineVerb::Cluster { verb: ClusterVerb::Off } => switch::execute(engine, out, Command::ClusterOff).await,
        EngineVerb::Mode { mode } => switch::execute(engine, out, Command::Mode { mode: mode.into() }).await,
        EngineVerb::Import { source, preview, settings } => {
            let consent = if settings { Consent::Given } else { Consent::Ask };
            let mode = if preview { ImportMode::Preview } else { ImportMode::Add };
            import::run(engine, out, &source, mode, consent).await
        }
        EngineVerb::Scan { image, screen: _, clipboard, preview } => {
            let elsewhere = if clipboard { PictureSource::Clipboard } else { PictureSource::Screen };
            let mode = if preview { ImportMode::Preview } else { ImportMode::Add };
            scan::run(engine, out, image.map_or(elsewhere, PictureSource::File), mode).await
        }
        EngineVerb::Nodes => nodes::list(engine, out).await,
        EngineVerb::Share { nodes, group, sip008, qr } => {
            let form = if sip008 { ShareForm::Sip008 } else { ShareForm::Links };
            share::run(engine, out, nodes, group, form, qr).await
        }
        EngineVerb::Export { verb } => export::run(engine, out, verb).await,
        EngineVerb::Backup { file, password } => {
            backup::create(engine, out, &file, password_source(password.as_deref())).await
        }
        EngineVerb::Restore { file: Some(file), preview, yes, programs, password, .. } => {
            let mode = match (preview, yes) {
                (true, _) => RestoreMode::Preview,
                (false, true) => RestoreMode::Apply,
                (false, false) => RestoreMode::Confirm,
            };
            let programs = if programs { ProgramScope::All } else { ProgramScope::Known };
            backup::restore(engine, out, &file, password_source(password.as_deref()), mode, programs).await
        }
        EngineVerb::Restore { file: None, .. } => backup::undo(engine, out).await,
        EngineVerb::Test { nodes } => test::run(engine, out, nodes).await,
        EngineVerb::Pac { verb: PacVerb::Update } => switch::execute(engine, out, Command::PacUpdate).await,
        EngineVerb::Rules { verb: RulesVerb::Test { url, program } } => rules::test(engine, out, url, program).await,
        EngineVerb::Rules { verb: RulesVerb::Reload } => switch::execute(engine, out, Command::RulesReload).await,
        EngineVerb::Subscription { verb } => subscriptions::run(engine, out, verb).await,
        EngineVerb::Why { host, program, door } => why::run(engine, out, Command::Why { host, program, door }).await,
        EngineVerb::Pin { traffic, to, fallback, place } => {
            switch::execute(engine, out, Command::Pin { traffic, to, fallback, place }).await
        }
        EngineVerb::Fix { site } => fix::run(engine, out, site).await,
        EngineVerb::Pins => pins::list(engine, out).await,
        EngineVerb::Door { verb } => door(verb, engine, out).await,
        EngineVerb::Unpin { traffic } => switch::execute(engine, out, Command::Unpin { traffic }).await,
        EngineVerb::Sites { verb } => sites::run(engine, out, verb).await,
        EngineVerb::Connections(arguments) => connections::run(engine, out, arguments).await,
        EngineVerb::Set { key, value } => settings::set(engine, out, key, value).await,
        EngineVerb::Get { key } => settings::get(engine, out, key).await,
        EngineVerb::Diagnose { file } => diagnose::run(engine, out, &file).await,
        EngineVerb::Events { follow: false } => activity::past(engine, out).await,
        EngineVerb::Events { follow: true } => activity::follow(engine, out).await,
    }
}

/// Lists or changes the doors.
async fn door(verb: DoorVerb, engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    match verb {
        DoorVerb::List => doors::list(engine, out).await,
        DoorVerb::Add { name, door } => {
            switch::execute(engine, out, Command::DoorAdd { name, changes: door.changes(None) }).await
        }
        DoorVerb::Edit { name, renamed, door } => {
            switch::execute(engine, out, Command::DoorEdit { name, changes: door.changes(renamed) }).await
        }
        DoorVerb::Remove { name } => switch::execute(engine, out, Command::DoorRemove { name }).await,
    }
}

fn password_source(argument: Option<&str>) -> PasswordSource {
    match argument {
        None => PasswordSource::None,
        Some("-") => PasswordSource::Stdin,
        Some(_) => PasswordSource::Terminal,
    }
}

/// Shows or changes a node.
pub(super) async fn node(verb: NodeVerb, engine: &RemoteEngine, out: &mut Printer) -> Result<(), CliError> {
    match verb {
        NodeVerb::Show { node } => nodes::show(engine, out, &node).await,
        NodeVerb::Edit { node, changes } => {
            switch::execute(engine, out, Command::NodeEdit { node, changes: changes.into() }).await
        }
        NodeVerb::AllowPlugin { node } => switch::execute(engine, out, Command::PluginAllow { node }).await,
        NodeVerb::Remove { node } => switch::execute(engine, out, Command::NodeRemove { node }).await,
        NodeVerb::Exclude { node, undo: false } => switch::execute(engine, out, nodes::exclude(node)).await,
        NodeVerb::Exclude { node, undo: true } => switch::execute(engine, out, nodes::include(node)).await,
    }
}
