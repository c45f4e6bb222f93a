//! The command line.
//!
//! Reads what is asked ([`args`]), has the engine do it through the door, and says in words how it
//! went. It owns what a terminal shows ([`out`], [`tables`]), takes its sentences from `i18n` ([`words`]), and has no
//! truth of its own: each verb is one conversation with the engine. Only `serve` and the member
//! process `node` run something here.
//!
//! Exit codes: 0 done, 1 failed (one line on stderr, `sluice: …`), 2 usage, 3 no engine running.

mod activity;
mod args;
mod backup;
mod demo;
mod diagnose;
mod ending;
mod foreign;
mod import;
mod log_files;
mod member;
mod nodes;
mod out;
mod preview;
mod rules;
mod scan;
mod serve;
mod settings;
mod share;
mod status;
mod subscriptions;
mod switch;
mod tables;
mod test;
mod why;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::args::{Cli, ClusterVerb, NodeVerb, PacVerb, Question, RulesVerb, Verb};
use self::ending::Failed;
use self::out::Out;
use crate::control::Client;
use crate::i18n::Locale;
use crate::model::preview::ShareForm;
use crate::model::settings::Language;
use crate::model::{Command, Reply};
use crate::os::paths::Paths;
use crate::proxy;

/// Does what the command line asks for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistakes; a closed pipe is nobody's.
            let _unprinted = error.print();
            return if error.use_stderr() { ending::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    let mut locale = Locale::of(Language::System);
    let result = run(cli, &mut locale);
    ending::exit_code(locale, result)
}

/// Does it, in the language of `locale`, which becomes the one that the engine is set to.
fn run(Cli { home, json, verb }: Cli, locale: &mut Locale) -> Result<ExitCode, Failed> {
    let paths = || Paths::find(home.or_else(home_from_environment).as_deref());
    match verb {
        Verb::Node { verb: None } => return member::run(),
        Verb::Demo { nodes, seconds } => {
            let plan = demo::Plan { nodes: nodes.into(), seconds: seconds.into() };
            return demo::run(plan, &mut Out::new(json, *locale));
        }
        Verb::LeaseWatch { file, id } => proxy::watch(&file, &id).map_err(|error| Failed::of(&error)),
        Verb::Serve { listen } => serve::run(&paths()?, listen),
        Verb::Logs { follow, lines } => log_files::show(&paths()?, &mut Out::new(json, *locale), follow, lines),
        Verb::Node { verb: Some(verb) } => {
            let engine = Engine { paths: paths()? };
            wait(async {
                *locale = engine.locale().await;
                node(verb, &engine, &mut Out::new(json, *locale)).await
            })
        }
        Verb::Ask(question) => {
            let engine = Engine { paths: paths()? };
            wait(async {
                *locale = engine.locale().await;
                ask(question, &engine, &mut Out::new(json, *locale)).await
            })
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

fn wait(conversation: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(conversation)
}

fn home_from_environment() -> Option<PathBuf> {
    std::env::var_os("SLUICE_HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

async fn ask(question: Question, engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    match question {
        Question::Status { watch: false } => status::show(engine, out).await,
        Question::Status { watch: true } => status::watch(engine, out).await,
        Question::Connect { node } => switch::on(engine, out, Command::Connect { node }).await,
        Question::Disconnect => switch::done(engine, out, Command::Disconnect).await,
        Question::Cluster { verb: ClusterVerb::On { group, size, strategy } } => {
            switch::on(engine, out, Command::ClusterOn { group, size, strategy }).await
        }
        Question::Cluster { verb: ClusterVerb::Off } => switch::done(engine, out, Command::ClusterOff).await,
        Question::Mode { mode } => switch::done(engine, out, Command::Mode { mode: mode.into() }).await,
        Question::Import { source, preview, settings } => {
            let consent = if settings { foreign::Consent::Given } else { foreign::Consent::Ask };
            import::run(engine, out, &source, way(preview), consent).await
        }
        Question::Scan { image, screen: _, clipboard, preview } => {
            let elsewhere = if clipboard { scan::Place::Clipboard } else { scan::Place::Screen };
            scan::run(engine, out, image.map_or(elsewhere, scan::Place::File), way(preview)).await
        }
        Question::Nodes => nodes::list(engine, out).await,
        Question::Share { nodes, group, sip008, qr } => {
            let form = if sip008 { ShareForm::Sip008 } else { ShareForm::Links };
            share::run(engine, out, nodes, group, form, qr).await
        }
        Question::Backup { file, password } => backup::take(engine, out, &file, from(password)).await,
        Question::Restore { file: Some(file), preview, yes, password, .. } => {
            let resolve = match (preview, yes) {
                (true, _) => backup::Resolve::Look,
                (false, true) => backup::Resolve::Go,
                (false, false) => backup::Resolve::Ask,
            };
            backup::restore(engine, out, &file, from(password), resolve).await
        }
        Question::Restore { file: None, .. } => backup::undo(engine, out).await,
        Question::Test { nodes } => test::run(engine, out, nodes).await,
        Question::Pac { verb: PacVerb::Update } => switch::done(engine, out, Command::PacUpdate).await,
        Question::Rules { verb: RulesVerb::Test { url } } => rules::test(engine, out, url).await,
        Question::Rules { verb: RulesVerb::Reload } => switch::done(engine, out, Command::RulesReload).await,
        Question::Subscription { verb } => subscriptions::run(engine, out, verb).await,
        Question::Why { host } => why::run(engine, out, host).await,
        Question::Set { key, value } => settings::set(engine, out, key, value).await,
        Question::Get { key } => settings::get(engine, out, key).await,
        Question::Diagnose { file } => diagnose::run(engine, out, &file).await,
        Question::Events { follow: false } => activity::past(engine, out).await,
        Question::Events { follow: true } => activity::follow(engine, out).await,
    }
}

fn way(preview: bool) -> import::Way {
    if preview { import::Way::Look } else { import::Way::Add }
}

fn from(password: Option<String>) -> backup::Password {
    match password.as_deref() {
        None => backup::Password::None,
        Some("-") => backup::Password::Stdin,
        Some(_) => backup::Password::Terminal,
    }
}

async fn node(verb: NodeVerb, engine: &Engine, out: &mut Out) -> Result<(), Failed> {
    match verb {
        NodeVerb::Show { node } => nodes::show(engine, out, &node).await,
        NodeVerb::Edit { node, changes } => {
            switch::done(engine, out, Command::NodeEdit { node, changes: changes.into() }).await
        }
        NodeVerb::Remove { node } => switch::done(engine, out, Command::NodeRemove { node }).await,
        NodeVerb::Exclude { node, undo } => switch::done(engine, out, nodes::exclusion(node, undo)).await,
    }
}

/// The engine that runs on a set of files, if one does.
struct Engine {
    paths: Paths,
}

impl Engine {
    /// The language it is set to; the system's where none runs.
    async fn locale(&self) -> Locale {
        let rows = self.call(Command::Get { key: Some("language".into()) }).await;
        let word = match rows {
            Ok(Reply::Settings(rows)) => rows.into_iter().next().map(|(_, value)| value),
            Ok(_) | Err(_) => None,
        };
        Locale::of(word.and_then(|word| serde_json::from_value(word).ok()).unwrap_or_default())
    }

    async fn client(&self) -> Result<Client, Failed> {
        Ok(Client::connect(&self.paths).await?)
    }

    async fn call(&self, command: Command) -> Result<Reply, Failed> {
        Ok(self.client().await?.call(command).await?)
    }
}
