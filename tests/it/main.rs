//! Whole tests: the program as a user meets it, against real counterparts on loopback, no fixed port.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod architecture;
mod cli;
mod counterparts;
mod member;
mod socks;
mod source;
