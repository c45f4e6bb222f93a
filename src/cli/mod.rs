//! The command line.
//!
//! Parses the arguments ([`args`]), has the engine carry the command out ([`dispatch`] and a file for each
//! command), and prints the result ([`printer`], [`tables`]) in the user's language ([`messages`], `i18n`). It keeps no
//! state: each command is one conversation with the engine over the control socket. Only `serve`, `demo` and
//! the member process `node` run something in this process.
//!
//! Exit codes ([`exit`]): 0 done, 1 failed (one line on stderr, `sluice: …`), 2 usage, 3 no engine running.

mod activity;
mod args;
mod backup;
mod connections;
mod demo;
mod diagnose;
mod dispatch;
mod doors;
mod exit;
mod export;
mod fix;
mod foreign;
mod import;
mod log_files;
mod member;
mod messages;
mod nodes;
mod pins;
mod preview;
mod printer;
mod rules;
mod scan;
mod serve;
mod settings;
mod share;
mod sites;
mod status;
mod subscriptions;
mod switch;
mod tables;
mod test;
mod why;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Cli, SluiceVerb};
use self::demo::DemoOptions;
use self::exit::CliError;
use self::printer::Printer;
use self::serve::ServeStart;
use self::status::unexpected_reply;
use crate::control::Client;
use crate::i18n::Locale;
use crate::manual;
use crate::model::command::{ImportScope, Imported};
use crate::model::settings::Language;
use crate::model::{Command, Reply};
use crate::os::paths::Paths;
use crate::proxy;

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help, version and a closed pipe are not errors.
            let _unprinted = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    let mut locale = Locale::of(Language::System);
    let result = run(cli, &mut locale);
    exit::exit_code(locale, result)
}

/// Carries out the command. `locale` becomes the language that the engine is set to.
fn run(Cli { home, json, verb }: Cli, locale: &mut Locale) -> Result<ExitCode, CliError> {
    let paths = || Paths::find(home.or_else(home_from_environment).as_deref());
    let printer = |locale| if json { Printer::for_program(locale) } else { Printer::for_person(locale) };
    match verb {
        SluiceVerb::Node { verb: None } => return member::run(),
        SluiceVerb::Demo { nodes, seconds } => {
            let options = DemoOptions { nodes: nodes.into(), seconds: seconds.into() };
            return demo::run(options, &mut printer(*locale));
        }
        SluiceVerb::LeaseWatch { file, id } => proxy::watch(&file, &id).map_err(|error| CliError::of(&error)),
        SluiceVerb::GenerateManual { folder } => {
            manual::write(Cli::command(), &folder).map_err(|error| CliError::unwritable(*locale, &folder, &error))
        }
        SluiceVerb::Serve { background: true, .. } => return serve::take_over_in_background(&paths()?),
        SluiceVerb::Serve { listen, take_over, background: false } => {
            let start = if take_over { ServeStart::TakeOver } else { ServeStart::Alone };
            serve::run(&paths()?, listen, start)
        }
        SluiceVerb::Logs { follow: false, lines } => log_files::show(&paths()?, &mut printer(*locale), lines),
        SluiceVerb::Logs { follow: true, lines } => log_files::follow(&paths()?, &mut printer(*locale), lines),
        SluiceVerb::Node { verb: Some(verb) } => {
            let engine = RemoteEngine { paths: paths()? };
            block_on(async {
                *locale = engine.locale().await;
                dispatch::node(verb, &engine, &mut printer(*locale)).await
            })
        }
        SluiceVerb::Ask(verb) => {
            let engine = RemoteEngine { paths: paths()? };
            block_on(async {
                *locale = engine.locale().await;
                dispatch::engine(verb, &engine, &mut printer(*locale)).await
            })
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

fn block_on(verb: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(verb)
}

fn home_from_environment() -> Option<PathBuf> {
    std::env::var_os("SLUICE_HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The engine that runs on these files, in another process.
struct RemoteEngine {
    paths: Paths,
}

impl RemoteEngine {
    /// The engine's language; the system's if no engine is running.
    async fn locale(&self) -> Locale {
        let rows = self.call(Command::Get { key: Some("language".into()) }).await;
        let word = match rows {
            Ok(Reply::Settings(rows)) => rows.into_iter().next().map(|(_, value)| value),
            Ok(_) | Err(_) => None,
        };
        Locale::of(word.and_then(|word| serde_json::from_value(word).ok()).unwrap_or_default())
    }

    async fn client(&self) -> Result<Client, CliError> {
        Ok(Client::connect(&self.paths).await?)
    }

    async fn call(&self, command: Command) -> Result<Reply, CliError> {
        Ok(self.client().await?.call(command).await?)
    }
}

/// Imports one text.
async fn import_text(client: &mut Client, text: String, scope: ImportScope) -> Result<Imported, CliError> {
    let reply = client.call(Command::Import { texts: vec![text.into()], scope }).await?;
    let Reply::Imported(results) = reply else { return Err(unexpected_reply()) };
    results.into_iter().next().ok_or_else(unexpected_reply)?.map_err(CliError::Fault)
}
