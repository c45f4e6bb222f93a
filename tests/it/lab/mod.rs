//! The fault laboratory: real members and real Shadowsocks servers behind hops that make faults to
//! order, a cluster of five in front, eight clients that go on asking for pages and shaking hands.
//!
//! The short form, a few seconds for each of the important cells, runs with the tests. The long one
//! prints a table:
//!
//! ```text
//! SLUICE_LAB_SECONDS=60 cargo test --test it -- lab::the_whole_table --nocapture
//! ```

mod bench;
mod cells;
mod load;
mod posts;
mod slow;
mod times;

pub use bench::Bench;
