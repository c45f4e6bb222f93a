//! The fixed local port.

mod dial;
mod forward;
mod inbound;
mod open;
#[cfg(test)]
mod stub;
mod udp;
