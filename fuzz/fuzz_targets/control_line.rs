//! One line of the door's protocol, as a server and as a client read it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::control::protocol;

fuzz_target!(|line: &str| {
    let _request = protocol::read_request(line);
    let _said = protocol::read_said(line);
});
