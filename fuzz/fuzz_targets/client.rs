//! What a client of the gateway says: the beginning of a connection, or a datagram.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| sluice::gateway::fuzz(bytes));
