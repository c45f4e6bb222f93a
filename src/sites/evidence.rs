//! What connections of one site through one node have shown.

use serde::{Deserialize, Serialize};

use crate::model::NodeId;

/// The share of a new measurement in a mean: an old one has lost half of its weight after five more.
const FRESH_SHARE: f32 = 0.13;

/// Longer times to first byte are pages that take long anywhere.
const MAX_FIRST_BYTE_MS: f32 = 10_000.0;

/// How long a failure counts; then the node may be tried again.
const FAILURE_KEPT_MS: i64 = 24 * 3_600_000;

/// Failures in a row that make a node unusable for a site that it has served before: one may be chance.
const FAILURES: u32 = 2;

/// How a site failed on a node, while another node served it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteFailure {
    /// The connection was closed or reset without a response.
    Closed,
    /// There was no response in time.
    Silent,
    /// The response was a refusal: a TLS alert, or HTTP 403, 429 or 451.
    Refused,
}

/// Something that a connection of a site through a node has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// The first byte was received after this time in ms.
    FirstByte(f32),
    /// A large transfer had this rate in bytes per second.
    Rate(f32),
    /// The site failed here, and another node served it.
    Failed(SiteFailure),
}

/// What connections of one site through one node have shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SiteEvidence {
    pub(super) node: NodeId,
    /// Moving mean of the time to first byte in ms; 0 without a measurement.
    pub(super) first_byte_ms: f32,
    /// Number of measurements.
    pub(super) samples: u32,
    /// Time of the last one.
    pub(super) seen_at: i64,
    /// Moving mean of the rate of large transfers in bytes per second; 0 if there was none.
    #[serde(default)]
    pub(super) rate: f32,
    /// Failures since the last response.
    #[serde(default)]
    pub(super) failures: u32,
    #[serde(default)]
    pub(super) failed_at: i64,
    #[serde(default)]
    pub(super) failure: Option<SiteFailure>,
}

impl SiteEvidence {
    pub(super) fn new(node: NodeId, now: i64) -> Self {
        let (first_byte_ms, samples, rate, failures, failed_at) = (0.0, 0, 0.0, 0, 0);
        Self { node, first_byte_ms, samples, seen_at: now, rate, failures, failed_at, failure: None }
    }

    /// Whether the site does not work through this node.
    pub(super) fn is_failing(&self, now: i64) -> bool {
        let is_enough = self.failures >= FAILURES || (self.failures > 0 && self.samples == 0);
        is_enough && now - self.failed_at < FAILURE_KEPT_MS
    }

    pub(super) fn observe(&mut self, observation: Observation, now: i64) {
        match observation {
            Observation::FirstByte(ms) => {
                let ms = ms.clamp(1.0, MAX_FIRST_BYTE_MS);
                // A plain mean at first, so that the first measurement does not dominate.
                let share = FRESH_SHARE.max(1.0 / (self.samples as f32 + 1.0));
                self.first_byte_ms += share * (ms - self.first_byte_ms);
                self.samples = self.samples.saturating_add(1);
                self.seen_at = now;
                (self.failures, self.failure) = (0, None);
            }
            Observation::Rate(rate) => {
                let share = if self.rate == 0.0 { 1.0 } else { 2.0 * FRESH_SHARE };
                self.rate += share * (rate - self.rate);
            }
            Observation::Failed(failure) => {
                // A refusal that another node does not give is no chance.
                let count = if failure == SiteFailure::Refused { FAILURES } else { 1 };
                self.failures = self.failures.saturating_add(count);
                (self.failed_at, self.failure) = (now, Some(failure));
            }
        }
    }

    /// Takes a failure back, which was the node's.
    pub(super) fn pardon(&mut self) {
        self.failures = self.failures.saturating_sub(1);
        if self.failures == 0 {
            self.failure = None;
        }
    }
}
