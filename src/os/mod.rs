//! The machine: what differs between Linux, macOS and Windows, behind equal functions.

pub mod process;
