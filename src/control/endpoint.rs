//! The endpoint of an engine: the control socket, or a pipe in the same process.

use tokio::io::DuplexStream;
use tokio::sync::mpsc;

use super::client::{Client, ClientError};
use crate::os::paths::Paths;

/// Capacity of the pipe to an engine in the same process, in bytes.
const PIPE: usize = 64 * 1024;

/// The endpoint of an engine; opens any number of connections to it.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// The engine that is running with these files, in whatever process.
    Socket(Paths),
    /// The engine of this process; its server serves the streams that are sent here.
    InProcess(mpsc::Sender<DuplexStream>),
}

impl Endpoint {
    /// Opens a connection.
    ///
    /// # Errors
    /// Those of [`Client::connect`]; in this process, that the engine has stopped.
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
