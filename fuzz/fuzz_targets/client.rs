//! What a client of the gateway sends: its handshake, and the first bytes through its tunnel.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| sluice::gateway::fuzz(bytes));
