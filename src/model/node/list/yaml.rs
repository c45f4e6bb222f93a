//! Parses YAML as lists of servers use it: every scalar is kept as text.
//!
//! A password `0123456789`, `12e34` or `yes` must stay as it was typed, so no scalar is converted to a number or a
//! boolean here; the readers of fields do that. Plain `null`, `~` and empty values are null. Aliases and merge keys
//! (`<<`) are resolved; the size of the result is bounded as for JSON, before anything is copied.

use std::collections::HashMap;

use serde_json::{Map, Value};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::ListError;
use super::json::{MAP, MAX_TREE, VALUE_SIZE};

/// Maximum nesting depth of lists and maps. A server's options are at the sixth level.
const MAX_DEPTH: usize = 32;

/// Parses the first document of a text.
///
/// # Errors
/// Not YAML, or larger than any list.
pub(super) fn parse(text: &str) -> Result<Value, ListError> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| ListError::Yaml { line: Some(error.marker().line()) })?;
        if matches!(event, Event::DocumentEnd) {
            break;
        }
        let line = span.start.line();
        tree.take(event).map_err(|why| match why {
            ParseStop::TooMuch => ListError::TooMuch,
            ParseStop::Structure => ListError::Yaml { line: Some(line) },
        })?;
    }
    Ok(tree.root.map_or(Value::Null, |root| root.value))
}

/// Why parsing stops.
enum ParseStop {
    TooMuch,
    Structure,
}

/// A value, and its approximate size in bytes.
#[derive(Clone)]
struct SizedValue {
    value: Value,
    size: usize,
}

/// A list or a map that is not yet complete.
struct OpenCollection {
    items: Items,
    anchor: usize,
    size: usize,
}

enum Items {
    List(Vec<Value>),
    /// The entries so far, and the key of the next value.
    Map(Map<String, Value>, Option<String>),
}

/// The state of the parser.
#[derive(Default)]
struct Tree {
    open: Vec<OpenCollection>,
    anchors: HashMap<usize, SizedValue>,
    size: usize,
    root: Option<SizedValue>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>) -> Result<(), ParseStop> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the crate's enum, whose other events hold no data")]
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str")) || style != ScalarStyle::Plain;
                let is_null = !is_text && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if is_null { Value::Null } else { Value::String(text.into_owned()) };
                let size = VALUE_SIZE + value.as_str().map_or(0, str::len);
                self.charge(size)?;
                self.put(SizedValue { value, size }, anchor)
            }
            Event::Alias(anchor) => {
                let size = self.anchors.get(&anchor).ok_or(ParseStop::Structure)?.size;
                self.charge(size)?;
                let copy = self.anchors[&anchor].clone();
                self.put(copy, 0)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Items::List(Vec::new()), anchor, VALUE_SIZE),
            Event::MappingStart(_, anchor, _) => self.begin(Items::Map(Map::new(), None), anchor, MAP),
            Event::SequenceEnd | Event::MappingEnd => {
                let OpenCollection { items, anchor, size } = self.open.pop().ok_or(ParseStop::Structure)?;
                let value = match items {
                    Items::List(list) => Value::Array(list),
                    Items::Map(map, _) => Value::Object(map),
                };
                self.put(SizedValue { value, size }, anchor)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, items: Items, anchor: usize, size: usize) -> Result<(), ParseStop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(ParseStop::TooMuch);
        }
        self.charge(size)?;
        self.open.push(OpenCollection { items, anchor, size });
        Ok(())
    }

    fn charge(&mut self, size: usize) -> Result<(), ParseStop> {
        self.size += size;
        if self.size > MAX_TREE { Err(ParseStop::TooMuch) } else { Ok(()) }
    }

    /// Adds a complete value to its parent.
    fn put(&mut self, whole: SizedValue, anchor: usize) -> Result<(), ParseStop> {
        if anchor != 0 {
            self.charge(whole.size)?;
            self.anchors.insert(anchor, whole.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(whole);
            return Ok(());
        };
        open.size += whole.size;
        match &mut open.items {
            Items::List(list) => list.push(whole.value),
            Items::Map(map, key) => match key.take() {
                None => *key = Some(key_of(whole.value)),
                Some(name) if name == "<<" => merge(map, whole.value),
                Some(name) => drop(map.insert(name, whole.value)),
            },
        }
        Ok(())
    }
}

/// A key as text. A list or a map as a key cannot be the name of a field that is read.
fn key_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// Adds the fields of a merge key that are not present already.
fn merge(map: &mut Map<String, Value>, given: Value) {
    match given {
        Value::Object(fields) => fields.into_iter().for_each(|(name, value)| {
            map.entry(name).or_insert(value);
        }),
        Value::Array(several) => several.into_iter().for_each(|one| merge(map, one)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_keeps_its_text() {
        for text in
            ["0123456789", "12e34", "0x1F2e", "1234.50", "98765432109876543210", "+86", "1_2", "yes", "03378e208106"]
        {
            assert_eq!(parse(&format!("a: {text}")).unwrap(), serde_json::json!({ "a": text }), "{text}");
            assert_eq!(parse(&format!("{text}: !<str> {text}")).unwrap(), serde_json::json!({ text: text }));
        }
        let nulls = parse("{a: null, b: ~, c: , d: 'null', e: !!str null}").unwrap();
        assert_eq!(nulls, serde_json::json!({"a": null, "b": null, "c": null, "d": "null", "e": "null"}));
    }

    #[test]
    fn aliases_and_merge_keys_are_resolved() {
        let text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {y: 4, <<: [*a, {z: 5}]}\nd: [*a]\n";
        let parsed = parse(text).unwrap();
        assert_eq!(parsed["b"], serde_json::json!({"x": "1", "y": "3"}));
        assert_eq!(parsed["c"], serde_json::json!({"x": "1", "y": "4", "z": "5"}));
        assert_eq!(parsed["d"], serde_json::json!([{"x": "1", "y": "2"}]));
        assert!(parse("a: *b").is_err());
    }

    #[test]
    fn large_alias_expansions_are_refused_before_copying() {
        let level = |of: char, to: char| format!("{to}: &{to} [{}]\n", vec![format!("*{of}"); 9].join(","));
        let bomb = "abcdefghij".chars().zip("bcdefghijk".chars()).map(|(of, to)| level(of, to)).collect::<String>();
        assert_eq!(parse(&format!("a: &a [x,x,x,x,x,x,x,x,x]\n{bomb}")), Err(ListError::TooMuch));
        assert!(parse(&"- ".repeat(100_000)).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
