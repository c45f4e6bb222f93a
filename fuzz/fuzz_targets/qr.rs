//! What is in QR codes, as a text of nodes; a code drawn and read again; and pictures of noise.

#![no_main]

mod roundtrip;

use libfuzzer_sys::fuzz_target;
use sluice::qr::{self, Code};

fuzz_target!(|bytes: &[u8]| {
    let _none = qr::texts_in_file(bytes);
    let Some((&width, noise)) = bytes.split_first() else { return };
    let (width, height) = (usize::from(width).max(1), noise.len() / usize::from(width).max(1));
    let rgba = noise[..width * height].iter().flat_map(|&shade| [shade, shade, shade, u8::MAX]).collect();
    for text in qr::texts_in_pixels(width as u32, height as u32, rgba).expect("so many bytes are so many pixels") {
        roundtrip::check(&text);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(code) = Code::of(text) else { return };
    roundtrip::check(text);
    let seen = qr::texts_in_file(&code.png()).expect("our own picture is one");
    assert!(text.is_empty() || seen.iter().any(|seen| seen == text), "{text:?} became {seen:?}");
});
