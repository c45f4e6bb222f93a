//! A web server with one page, which can be changed: such as a list of rules.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Background, V4, serve_tcp};

/// A web server with one page.
pub struct Page {
    port: u16,
    shown: Arc<Mutex<String>>,
    _service: Background,
}

impl Page {
    /// Shows a text.
    pub fn start(body: &str) -> Self {
        let shown = Arc::new(Mutex::new(body.to_owned()));
        let page = Arc::clone(&shown);
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
        Self { port: addr.port(), shown, _service: service }
    }

    /// Shows another text from now on.
    pub fn shows(&self, body: &str) {
        body.clone_into(&mut self.shown.lock().unwrap());
    }

    /// Its port, for a name that only a server knows.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}
