//! One line of the control protocol, as the server and as the client parse it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sluice::control::protocol;

fuzz_target!(|line: &str| {
    let _request = protocol::read_request(line);
    let _message = protocol::read_message(line);
});
