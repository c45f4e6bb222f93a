//! JSON as far as it is worth a tree: what a text would take in memory is added up before any of it is kept.
//!
//! A byte of text can become hundreds in a tree: `{"a":0}` is a node of a map. Megabytes of that are no list of
//! servers, and are refused by a first reading that keeps nothing.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::ListError;

/// The most that a tree may take, in bytes: as many servers as are taken, each with all fields that any client
/// gives one, are less.
pub(super) const MOST: usize = 64 << 20;

/// What the parts of a tree take, about, in bytes: a value, and the first entries of a map, which come as one.
pub(super) const VALUE: usize = 32;
pub(super) const MAP: usize = 640;

/// Reads a text of JSON.
///
/// # Errors
/// It is none, or more than any list.
pub(super) fn parse(text: &str) -> Result<Value, ListError> {
    let wrong = |error: serde_json::Error| ListError::Json { line: error.line(), column: error.column() };
    let mut left = MOST;
    let mut reader = serde_json::Deserializer::from_str(text);
    let weighed = Scales(&mut left).deserialize(&mut reader).and_then(|()| reader.end());
    match weighed {
        Err(_) if left == 0 => Err(ListError::TooMuch),
        Err(error) => Err(wrong(error)),
        Ok(()) => serde_json::from_str(text).map_err(wrong),
    }
}

/// Takes from what is left what each value would take.
struct Scales<'a>(&'a mut usize);

impl Scales<'_> {
    fn weigh<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        *self.0 = self.0.saturating_sub(bytes);
        if *self.0 == 0 { Err(E::custom("too much")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Scales<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scales<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.weigh(VALUE)
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.weigh(VALUE)
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.weigh(VALUE)
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.weigh(VALUE)
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.weigh(VALUE)
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.weigh(VALUE + text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.weigh(VALUE)?;
        while items.next_element_seed(Scales(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.weigh(VALUE)?;
        let mut is_first = true;
        while entries.next_key_seed(Scales(self.0))?.is_some() {
            self.weigh(if std::mem::take(&mut is_first) { MAP } else { VALUE })?;
            entries.next_value_seed(Scales(self.0))?;
        }
        Ok(())
    }
}
