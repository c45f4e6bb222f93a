//! Where an engine is reached: over the socket of another process, or through a pipe in this one.

use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use super::client::{Client, ClientError};
use crate::os::paths::Paths;

/// Room in the pipe between a user interface and the engine of the same process, in bytes.
const PIPE: usize = 64 * 1024;

/// The way to an engine, as often as a connection to it is wanted.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// The engine that runs on these files, in whatever process.
    Socket(Paths),
    /// The engine of this process; its server attends what is sent here.
    InProcess(mpsc::Sender<DuplexStream>),
}

impl Endpoint {
    /// A new connection.
    ///
    /// # Errors
    /// As of [`Client::connect`]; in this process, that the engine has ended.
    pub async fn connect(&self) -> Result<Client, ClientError> {
        match self {
            Self::Socket(paths) => Client::connect(paths).await,
            Self::InProcess(streams) => {
                let (ours, theirs) = tokio::io::duplex(PIPE);
                streams.send(theirs).await.map_err(|_| ClientError::Ended)?;
                Client::over(ours).await
            }
        }
    }
}
