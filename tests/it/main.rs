//! The whole tests: real processes, real servers, loopback only, no fixed port.

mod counterparts;
mod member;
mod socks;
