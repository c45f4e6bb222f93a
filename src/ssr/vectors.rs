//! The reference implementation's vectors, and a scripted entropy source for tests.

use std::collections::VecDeque;
use std::fs;
use std::sync::LazyLock;

use bytes::BytesMut;
use serde_json::Value;

use super::entropy::Entropy;

/// One cipher's vector; the plaintext is `sequence(7, 3, 1000)`.
pub struct CipherVector {
    pub method: String,
    pub password: String,
    pub key: Vec<u8>,
    pub iv: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

pub fn ciphers() -> Vec<CipherVector> {
    let file: Value = serde_json::from_str(&read("ciphers.json")).unwrap();
    let one = |it: &Value| CipherVector {
        method: text(&it["method"]),
        password: text(&it["password"]),
        key: hex(&it["key"]),
        iv: hex(&it["iv"]),
        ciphertext: hex(&it["ciphertext"]),
    };
    file.as_array().unwrap().iter().map(one).collect()
}

/// The file of protocol and obfs vectors.
pub fn protocols() -> &'static Value {
    static FILE: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&read("protocols.json")).unwrap());
    &FILE
}

/// The steps of one obfs's exchange: what, and the bytes.
pub fn obfs(name: &str) -> Vec<(String, Vec<u8>)> {
    let file = protocols();
    let exchange = file["obfs"].as_array().unwrap().iter().find(|it| it["obfs"] == name).unwrap();
    exchange["steps"].as_array().unwrap().iter().map(|it| (text(&it["what"]), hex(&it["hex"]))).collect()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub fn hex(value: &Value) -> Vec<u8> {
    bytes(value.as_str().unwrap())
}

/// Bytes from hexadecimal.
pub fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The vectors' plaintext: byte i is `step * i + first`.
pub fn sequence(step: usize, first: usize, len: usize) -> Vec<u8> {
    (0..len).map(|at| (step * at + first) as u8).collect()
}

/// Feeds `input` to `step` in parts of the given lengths (again from the first when they end), each appended to what
/// was left of the last.
pub fn feed<E>(input: &[u8], cuts: &[usize], mut step: impl FnMut(&mut BytesMut) -> Result<(), E>) -> Result<(), E> {
    let (mut buffer, mut rest) = (BytesMut::new(), input);
    for cut in cuts.iter().cycle() {
        let (part, after) = rest.split_at((*cut).clamp(1, rest.len().max(1)).min(rest.len()));
        buffer.extend_from_slice(part);
        step(&mut buffer)?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    Ok(())
}

fn read(name: &str) -> String {
    fs::read_to_string(format!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/ssr/{}"), name)).unwrap()
}

/// Returns the scripted values, and fails when they are used up.
#[derive(Default)]
pub struct Script {
    numbers: VecDeque<usize>,
    bytes: VecDeque<u8>,
}

impl Script {
    /// The results of `below`, in order.
    pub fn numbers(mut self, numbers: &[usize]) -> Self {
        self.numbers.extend(numbers);
        self
    }

    /// The bytes for `fill`, in order.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    pub fn is_used_up(&self) -> bool {
        self.numbers.is_empty() && self.bytes.is_empty()
    }
}

impl Entropy for Script {
    fn fill(&mut self, bytes: &mut [u8]) {
        assert!(bytes.len() <= self.bytes.len(), "{} bytes wanted, {} left", bytes.len(), self.bytes.len());
        bytes.iter_mut().for_each(|byte| *byte = self.bytes.pop_front().unwrap());
    }

    fn below(&mut self, limit: usize) -> usize {
        let number = self.numbers.pop_front().expect("a number is left");
        assert!(number < limit, "{number} is not below {limit}");
        number
    }
}
