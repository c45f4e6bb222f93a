//! Transfers that stop with data outstanding, while those of other members go on.
//!
//! Whether data is outstanding is known of TLS records and of HTTP responses with a length ([`ResponseFramer`]), and if a
//! member does not accept what its client has sent. The connections are scanned once a second while any has data
//! outstanding, and not at all otherwise.
//!
//! [`ResponseFramer`]: super::relay

mod judge;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::judge::StallJudge;
use super::state::GatewayState;

/// Pause between two scans.
const SCAN: Duration = Duration::from_secs(1);

/// Scans the connections while any has data outstanding, and reports members that do not carry transfers to their end.
pub(super) async fn watch(state: Arc<GatewayState>) {
    let mut judge = StallJudge::default();
    loop {
        state.connections.data_outstanding().await;
        loop {
            tokio::time::sleep(SCAN).await;
            let transfers = state.transfers();
            for (node, signal) in judge.scan(&transfers, Instant::now()) {
                state.report_stall(&node, signal);
            }
            if !transfers.iter().any(|transfer| transfer.is_outstanding) && state.connections.end_scans() {
                break;
            }
        }
    }
}
