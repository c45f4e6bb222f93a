//! Files of the web, fetched for the engine: through the gateway, then directly.
//!
//! Who asks says what an answer has to be; one that is not is as no answer, and the next way is tried:
//! a network that stands in between may answer with a page of its own. Addresses may hold secrets, so
//! no error names one.

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy};

use crate::model::Login;

/// The largest file that is taken; the longest lists have a tenth of it.
const LARGEST: usize = 8 << 20;

/// What the whole may take each way.
const LIMIT: Duration = Duration::from_secs(60);

/// What connecting may take each way.
const CONNECT_LIMIT: Duration = Duration::from_secs(15);

/// Why neither way gave the file.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There was only the direct way.
    #[error("{0}")]
    Direct(String),
    /// Both were tried.
    #[error("through the gateway: {gateway}; directly: {direct}")]
    Both {
        /// What is wrong with the first.
        gateway: String,
        /// What is wrong with the second.
        direct: String,
    },
}

/// A gateway to go through.
#[derive(Clone, Debug)]
pub struct Through {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it asks for.
    pub login: Option<Login>,
}

/// Fetches a file that `accept` takes.
///
/// # Errors
/// Neither way gave one.
pub async fn fetch<T, E: Display>(
    url: &str,
    through: Option<Through>,
    accept: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<T, FetchError> {
    let gateway = match through {
        None => None,
        Some(through) => match get(url, through_gateway(&through), &accept).await {
            Ok(value) => return Ok(value),
            Err(error) => Some(error),
        },
    };
    let direct = match get(url, Ok(builder().no_proxy()), &accept).await {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    Err(match gateway {
        None => FetchError::Direct(direct),
        Some(gateway) => FetchError::Both { gateway, direct },
    })
}

fn builder() -> ClientBuilder {
    // It can be there already, which is as good.
    let _there = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(LIMIT).connect_timeout(CONNECT_LIMIT)
}

fn through_gateway(through: &Through) -> reqwest::Result<ClientBuilder> {
    let proxy = Proxy::all(format!("http://{}", through.addr))?;
    let proxy = match &through.login {
        Some(login) => proxy.basic_auth(&login.user, login.password.expose()),
        None => proxy,
    };
    Ok(builder().proxy(proxy))
}

async fn get<T, E: Display>(
    url: &str,
    client: reqwest::Result<ClientBuilder>,
    accept: &impl Fn(&[u8]) -> Result<T, E>,
) -> Result<T, String> {
    let ask = async {
        let mut response = client?.build()?.get(url).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                break;
            }
        }
        Ok::<_, reqwest::Error>(body)
    };
    let body = ask.await.map_err(|error| told(error.without_url()))?;
    if body.len() > LARGEST {
        return Err(format!("the file is larger than {} MiB", LARGEST >> 20));
    }
    accept(&body).map_err(|error| error.to_string())
}

/// The last cause says what happened; those before it say that something did.
fn told(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    if let Some(status) = error.status() {
        return format!("the server says {status}");
    }
    let mut last: &dyn std::error::Error = &error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
