//! The layers of one connection without sockets.

use std::time::{Instant, SystemTime};

use bytes::BytesMut;
use sluice::ssr::entropy::ThreadEntropy;
use sluice::ssr::{BATCH, Config, Method, Obfs, Protocol, SsrServer};

use super::recorded::{PASSWORD, TARGET, record_ssr};

/// Prints the speed of both directions.
pub fn measure(total: usize, method: Method, protocol: Protocol, obfs: Obfs) {
    let server = SsrServer::new(Config {
        host: "127.0.0.1".to_owned(),
        port: 1,
        method,
        password: PASSWORD.into(),
        protocol,
        protocol_param: "".into(),
        obfs,
        obfs_param: String::new(),
    });
    let mut pipeline = server.pipeline(&TARGET, SystemTime::now(), &mut ThreadEntropy);
    let piece = vec![1; BATCH];
    let start = Instant::now();
    for _ in 0..total / piece.len() {
        pipeline.send(&piece, &mut ThreadEntropy).unwrap();
        pipeline.wire.clear();
    }
    let up = rate(total, start);

    let wire = record_ssr(total, method, protocol);
    let start = Instant::now();
    let mut raw = BytesMut::new();
    for piece in wire.chunks(BATCH) {
        raw.extend_from_slice(piece);
        pipeline.receive(&mut raw, &mut ThreadEntropy).unwrap();
        pipeline.plain.clear();
    }
    println!("{method} {protocol} {obfs} in memory: up {up:.0} MB/s, down {:.0} MB/s", rate(total, start));
}

fn rate(total: usize, start: Instant) -> f64 {
    total as f64 / 1e6 / start.elapsed().as_secs_f64()
}
