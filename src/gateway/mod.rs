//! The fixed local port.

mod dial;
