//! The whole tests: real processes, real servers, loopback only, no fixed port.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "all of this is test code")]

mod counterparts;
mod member;
mod socks;
