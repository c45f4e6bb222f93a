//! Local tasks: files, the clipboard, start at login, starting the engine.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::time::sleep;

use super::super::effects::{LocalOutput, LocalTask, ScanSource};
use super::clients;
use crate::i18n::machine::MachineError;
use crate::logs::{Tail, TailError};
use crate::model::list;
use crate::os::atomic_file;
use crate::os::autostart::Autostart;
use crate::os::clipboard::{Clipboard, ClipboardContent};
use crate::os::folders::UserFolders;
use crate::os::open;
use crate::os::paths::Paths;
use crate::os::process::{ChildLifetime, child};
use crate::os::screenshot::{self, Picture};
use crate::os::single_instance::{Instance, InstanceError};
use crate::{qr, seal};

/// Largest file that is read, in bytes: a backup with all lists is far smaller.
const MAX_FILE: u64 = 32 << 20;

/// Number of log lines that are read at first.
const LOG_LINES: usize = 5_000;

/// How often the log is polled for more lines, or for its file to appear.
const LOG_POLL_INTERVAL: Duration = Duration::from_millis(300);
const LONG_LOG_POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Runs local tasks; clones share the clipboard connection.
#[derive(Clone)]
pub(super) struct LocalTasks {
    paths: Paths,
    home: Option<PathBuf>,
    program: PathBuf,
    user: UserFolders,
    clipboard: Clipboard,
}

impl LocalTasks {
    pub(super) fn new(paths: Paths, home: Option<PathBuf>, program: PathBuf, user: UserFolders) -> Self {
        Self { paths, home, program, user, clipboard: Clipboard::default() }
    }

    /// Runs a task.
    ///
    /// # Errors
    /// Why it failed.
    pub(super) async fn run(self, task: LocalTask) -> Result<LocalOutput, MachineError> {
        match task {
            LocalTask::Scan(source) => self.scan(source).await,
            LocalTask::OpenFile { extensions } => {
                let dialog =
                    rfd::AsyncFileDialog::new().add_filter(extensions.join(", "), extensions).add_filter("*", &["*"]);
                let Some(chosen) = dialog.pick_file().await else { return Ok(LocalOutput::Nothing) };
                read(chosen.path())
            }
            LocalTask::ReadFile(path) => read(&path),
            LocalTask::SaveFile { name, bytes } => {
                let Some(chosen) = rfd::AsyncFileDialog::new().set_file_name(name).save_file().await else {
                    return Ok(LocalOutput::Nothing);
                };
                write(chosen.path(), &bytes)
            }
            LocalTask::WriteFile { path, bytes } => write(&path, &bytes),
            LocalTask::Seal { text, password } => {
                let seal = tokio::task::spawn_blocking(move || seal::seal(&text, &password));
                let sealed = seal.await??;
                Ok(LocalOutput::Bytes(sealed))
            }
            LocalTask::Unseal { bytes, password } => {
                let open = tokio::task::spawn_blocking(move || seal::open(&bytes, &password));
                let text = open.await??;
                Ok(LocalOutput::Text(text.expose().to_owned()))
            }
            LocalTask::ReadClipboard => {
                let read = tokio::task::spawn_blocking(move || self.clipboard.read());
                let text = read.await??;
                Ok(text.map_or(LocalOutput::Nothing, LocalOutput::Text))
            }
            LocalTask::WriteClipboard(text) => {
                let write = tokio::task::spawn_blocking(move || self.clipboard.write(text.expose()));
                write.await??;
                Ok(LocalOutput::Nothing)
            }
            LocalTask::ReadLog(tail) => Ok(read_log(self.paths.logs(), tail).await?),
            LocalTask::OpenLogs => {
                open::folder(self.paths.logs())?;
                Ok(LocalOutput::Nothing)
            }
            LocalTask::OpenPage(address) => {
                open::page(address)?;
                Ok(LocalOutput::Nothing)
            }
            LocalTask::FindClients => {
                let find = tokio::task::spawn_blocking(move || clients::find(&self.user));
                Ok(LocalOutput::Clients(find.await?))
            }
            LocalTask::StartAtLogin(wanted) => {
                let autostart = Autostart::of_tray(self.program, self.home)?;
                let state = wanted.map_or_else(|| autostart.state(), |wanted| autostart.set(wanted));
                Ok(LocalOutput::StartAtLogin(state?))
            }
        }
    }

    async fn scan(self, source: ScanSource) -> Result<LocalOutput, MachineError> {
        let pictures = match source {
            ScanSource::Screen => screenshot::take().await?,
            ScanSource::File(bytes) if is_text(&bytes) => {
                return Ok(LocalOutput::Text(list::text_of(&bytes)));
            }
            ScanSource::File(bytes) => vec![Picture::File(bytes)],
            ScanSource::Clipboard => match tokio::task::spawn_blocking(move || self.clipboard.content()).await?? {
                Some(ClipboardContent::Text(text)) => return Ok(LocalOutput::Text(text)),
                Some(ClipboardContent::Picture(picture)) => vec![picture],
                None => Vec::new(),
            },
        };
        let texts = tokio::task::spawn_blocking(|| qr::texts_in_pictures(pictures)).await;
        let texts = texts??;
        Ok(if texts.is_empty() { LocalOutput::Nothing } else { LocalOutput::Text(texts.join("\n")) })
    }

    /// Starts the tray with an engine in it, or the engine alone if a tray is already running.
    pub(super) fn start_engine(&self) -> io::Result<()> {
        let has_tray = matches!(Instance::acquire(&self.paths.tray_lock()), Err(InstanceError::Held { .. }));
        // It must survive the window, and the terminal that the window was started from.
        let mut command = if has_tray {
            let name = format!("sluice{}", std::env::consts::EXE_SUFFIX);
            let mut command = child(self.program.with_file_name(name), ChildLifetime::Independent);
            command.arg("serve");
            command
        } else {
            child(&self.program, ChildLifetime::Independent)
        };
        if let Some(home) = &self.home {
            command.arg("--home").arg(std::path::absolute(home)?);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        tokio::process::Command::from(command).spawn().map(drop)
    }
}

/// Reads the log's last lines the first time, then waits for more: an empty reply would draw a frame for nothing.
async fn read_log(folder: &Path, tail: Option<Tail>) -> Result<LocalOutput, TailError> {
    let Some(mut tail) = tail else {
        let Some((tail, lines)) = Tail::open(folder, LOG_LINES)? else {
            sleep(LONG_LOG_POLL_INTERVAL).await;
            return Ok(LocalOutput::Log { tail: None, lines: Vec::new() });
        };
        return Ok(LocalOutput::Log { tail: Some(tail), lines });
    };
    loop {
        let lines = tail.more()?;
        if !lines.is_empty() {
            return Ok(LocalOutput::Log { tail: Some(tail), lines });
        }
        sleep(LOG_POLL_INTERVAL).await;
    }
}

fn read(path: &Path) -> Result<LocalOutput, MachineError> {
    let refused = |error| MachineError::File { file: path.to_owned(), error };
    let length = std::fs::metadata(path).map_err(refused)?.len();
    if length > MAX_FILE {
        return Err(refused(io::ErrorKind::FileTooLarge.into()));
    }
    Ok(LocalOutput::File { path: path.to_owned(), bytes: std::fs::read(path).map_err(refused)? })
}

fn write(path: &Path, bytes: &[u8]) -> Result<LocalOutput, MachineError> {
    atomic_file::write(path, bytes).map_err(|error| MachineError::File { file: path.to_owned(), error })?;
    Ok(LocalOutput::Saved(path.to_owned()))
}

/// Whether the bytes are text, such as a list of nodes, rather than a picture.
fn is_text(bytes: &[u8]) -> bool {
    let is_wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    is_wide || !bytes.iter().take(512).any(|byte| *byte == 0)
}
