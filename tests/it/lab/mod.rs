//! The fault laboratory: a cluster of five real members whose Shadowsocks servers are behind hops that
//! inject faults, and eight clients that fetch pages and make TLS handshakes all the time.
//!
//! The short form, a few seconds for the most important faults, runs with the tests. The long form prints
//! a table of all faults:
//!
//! ```text
//! SLUICE_LAB_SECONDS=60 cargo test --test it -- lab::faults::full_table --nocapture
//! ```

mod faults;
pub mod load;
mod no_replay;
mod reaction;
mod slow_page;
mod stalls;
pub mod testbed;
#[cfg(target_os = "linux")]
mod whole_pool;

pub use testbed::Testbed;
