//! Parses JSON with bounded memory: the size of the tree is computed before anything is kept.
//!
//! One byte of text can become hundreds in memory: `{"a":0}` is a node of a map. Megabytes of that are not a list of
//! servers, and are rejected by a first pass that keeps nothing.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::ListError;

/// Largest tree in memory, in bytes: more than the largest accepted list, with all fields that any client writes.
pub(super) const MAX_TREE: usize = 64 << 20;

/// Approximate size of the parts of a tree, in bytes: a value, and the first entries of a map, which are allocated
/// together.
pub(super) const VALUE_SIZE: usize = 32;
pub(super) const MAP: usize = 640;

/// Parses a JSON text.
///
/// # Errors
/// Not JSON, or larger than any list.
pub(super) fn parse(text: &str) -> Result<Value, ListError> {
    let wrong = |error: serde_json::Error| ListError::Json { line: error.line(), column: error.column() };
    let mut left = MAX_TREE;
    let mut reader = serde_json::Deserializer::from_str(text);
    let weighed = SizeBudget(&mut left).deserialize(&mut reader).and_then(|()| reader.end());
    match weighed {
        Err(_) if left == 0 => Err(ListError::TooMuch),
        Err(error) => Err(wrong(error)),
        Ok(()) => serde_json::from_str(text).map_err(wrong),
    }
}

/// Subtracts the size of each value from the remaining budget.
struct SizeBudget<'a>(&'a mut usize);

impl SizeBudget<'_> {
    fn charge<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        *self.0 = self.0.saturating_sub(bytes);
        if *self.0 == 0 { Err(E::custom("too much")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for SizeBudget<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for SizeBudget<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.charge(VALUE_SIZE)
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.charge(VALUE_SIZE)
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.charge(VALUE_SIZE)
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.charge(VALUE_SIZE)
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.charge(VALUE_SIZE)
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.charge(VALUE_SIZE + text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.charge(VALUE_SIZE)?;
        while items.next_element_seed(SizeBudget(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.charge(VALUE_SIZE)?;
        let mut is_first = true;
        while entries.next_key_seed(SizeBudget(self.0))?.is_some() {
            self.charge(if std::mem::take(&mut is_first) { MAP } else { VALUE_SIZE })?;
            entries.next_value_seed(SizeBudget(self.0))?;
        }
        Ok(())
    }
}
