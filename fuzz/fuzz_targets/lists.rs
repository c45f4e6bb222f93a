//! A text of many nodes in any form, in the bytes of a file.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;
use sluice::model::list;

fuzz_target!(|bytes: &[u8]| roundtrip::check(&list::text_of(bytes)));
