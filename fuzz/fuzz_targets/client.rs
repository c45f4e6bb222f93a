//! The bytes of a gateway's client: its handshake, and the first bytes through the tunnel.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| sluice::gateway::fuzz(bytes));
