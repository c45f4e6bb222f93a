//! A file with nodes in any format.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;
use sluice::model::list;

fuzz_target!(|bytes: &[u8]| roundtrip::check(&list::text_of(bytes)));
