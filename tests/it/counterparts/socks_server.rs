//! A SOCKS5 server that resolves every name to 127.0.0.1 and records the hosts of its requests: the
//! counterpart for nodes of kind `socks5`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use sluice::model::{Kind, Login, Node};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::echo::serve_tcp;
use super::{Background, V4};

/// What the server does with a CONNECT request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    /// Connects to the requested port on this machine.
    Proxy,
    /// For a name, echoes instead of connecting, which halves the number of sockets. Connects to
    /// addresses, so that health checks succeed.
    Echo,
}

/// A running server, stopped on drop.
pub struct SocksServer {
    pub addr: SocketAddr,
    login: Option<Login>,
    asked: Arc<Mutex<Vec<String>>>,
    service: Background,
}

impl SocksServer {
    /// Starts one without a login.
    pub fn start() -> Self {
        Self::start_as(None, Service::Proxy)
    }

    /// Starts one that requires this login.
    pub fn start_with_login(user: &str, password: &str) -> Self {
        let login = Login { user: user.into(), password: password.into() };
        Self::start_as(Some(login), Service::Proxy)
    }

    /// Starts one that echoes instead of connecting to host names.
    pub fn start_echo() -> Self {
        Self::start_as(None, Service::Echo)
    }

    fn start_as(login: Option<Login>, service: Service) -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (seen, wanted) = (asked.clone(), login.clone());
        let (service, addr) = serve_tcp(V4, move |stream| serve(stream, wanted.clone(), seen.clone(), service));
        Self { addr, login, asked, service }
    }

    /// The node for this server.
    pub fn node(&self, name: &str) -> Node {
        Node::new(name, self.addr.ip().to_string(), self.addr.port(), Kind::Socks5 { login: self.login.clone() })
    }

    /// The hosts of all requests so far, in order.
    pub fn requested_hosts(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Stops the server; its port refuses connections.
    pub fn kill(&mut self) {
        self.service.stop();
    }

    /// Clears the recorded hosts.
    pub fn clear_requests(&self) {
        self.asked.lock().unwrap().clear();
    }
}

async fn serve(
    mut client: TcpStream,
    login: Option<Login>,
    asked: Arc<Mutex<Vec<String>>>,
    service: Service,
) -> io::Result<()> {
    if !lets_in(&mut client, login.as_ref()).await? {
        return Ok(());
    }
    let [_version, command, _reserved] = read(&mut client).await?;
    let (host, port) = read_target(&mut client).await?;
    if command != 1 {
        return client.write_all(&[5, 7, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    }
    asked.lock().unwrap().push(host.clone());
    let yes = [5, 0, 0, 1, 127, 0, 0, 1, 0, 0];
    let address = host.parse::<IpAddr>().ok();
    match (service, address) {
        (Service::Echo, None) => {
            client.write_all(&yes).await?;
            let (mut from, mut to) = client.split();
            tokio::io::copy(&mut from, &mut to).await?;
            to.shutdown().await
        }
        (Service::Echo | Service::Proxy, _) => {
            let Ok(mut target) = TcpStream::connect((address.unwrap_or(V4), port)).await else {
                return client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await;
            };
            client.write_all(&yes).await?;
            tokio::io::copy_bidirectional(&mut client, &mut target).await.map(drop)
        }
    }
}

async fn lets_in(client: &mut TcpStream, login: Option<&Login>) -> io::Result<bool> {
    let [_version, count] = read(client).await?;
    let mut methods = vec![0; usize::from(count)];
    client.read_exact(&mut methods).await?;
    let Some(login) = login else {
        client.write_all(&[5, 0]).await?;
        return Ok(true);
    };
    if !methods.contains(&2) {
        client.write_all(&[5, 0xff]).await?;
        return Ok(false);
    }
    client.write_all(&[5, 2]).await?;
    let [_version] = read(client).await?;
    let (user, password) = (read_text(client).await?, read_text(client).await?);
    let fits = user == login.user && password == login.password.expose();
    client.write_all(&[1, u8::from(!fits)]).await?;
    Ok(fits)
}

async fn read_target(client: &mut TcpStream) -> io::Result<(String, u16)> {
    let [kind] = read(client).await?;
    let host = match kind {
        1 => IpAddr::V4(Ipv4Addr::from(client.read_u32().await?)).to_string(),
        4 => IpAddr::V6(Ipv6Addr::from(client.read_u128().await?)).to_string(),
        _ => read_text(client).await?,
    };
    Ok((host, client.read_u16().await?))
}

async fn read<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn read_text(client: &mut TcpStream) -> io::Result<String> {
    let [length] = read(client).await?;
    let mut text = vec![0; usize::from(length)];
    client.read_exact(&mut text).await?;
    String::from_utf8(text).map_err(io::Error::other)
}
