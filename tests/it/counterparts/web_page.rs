//! A web server with one page, such as a rule list, that can be changed.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Background, V4, serve_tcp};

/// A running server, stopped on drop.
pub struct WebPage {
    port: u16,
    body: Arc<Mutex<String>>,
    _service: Background,
}

impl WebPage {
    /// Starts one that serves `body`.
    pub fn start(body: &str) -> Self {
        let body = Arc::new(Mutex::new(body.to_owned()));
        let page = Arc::clone(&body);
        let (service, addr) = serve_tcp(V4, move |mut stream| {
            let body = page.lock().unwrap().clone();
            async move {
                let mut request = vec![0; 4_096];
                let _length = stream.read(&mut request).await?;
                let length = body.len();
                let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await?;
                stream.shutdown().await
            }
        });
        Self { port: addr.port(), body, _service: service }
    }

    /// Serves another text from now on.
    pub fn set_body(&self, body: &str) {
        body.clone_into(&mut self.body.lock().unwrap());
    }

    /// Its port, for use with a host name that only a server resolves.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}
