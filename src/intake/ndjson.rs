//! NDJSON: one object per line, of which the mapped keys are read.
//!
//! Numbers keep the text they have in the file, so that ids and amounts are what they are in a CSV twin.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::ops::Range;

use serde::de::{
    DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::cells::{Cell, Fault, Record, shown};
use super::decompress::Bytes;
use super::lines::{Found, Lines};
use super::table::{Layout, Rows, Sink, list};
use crate::config::Column;
use crate::error::{self, Error};

/// Keys kept for the complaint about one that never occurs.
const KEYS_KEPT: usize = 50;

/// Which mapped keys have occurred in the files of a section. A key may be absent from any row, and from any file,
/// but not from all of them.
pub(crate) struct Keys {
    /// Whether there was a sound object, and whether all files were of this form.
    any: bool,
    all: bool,
    seen: Vec<bool>,
    others: BTreeSet<String>,
}

impl Keys {
    /// None of the wanted keys has been seen.
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            any: false,
            all: true,
            seen: vec![false; layout.wants.len()],
            others: BTreeSet::new(),
        }
    }

    /// A file of another form may have had what was not seen.
    pub(crate) fn excuse(&mut self) {
        self.all = false;
    }

    /// Refuses a mapped key that no row had.
    ///
    /// # Errors
    /// `input/missing-column`.
    pub(crate) fn check(&self, layout: &Layout, file: &std::path::Path) -> error::Result<()> {
        let unseen = self.seen.iter().position(|seen| !seen);
        let Some(index) = unseen.filter(|_| self.any && self.all) else {
            return Ok(());
        };
        let want = &layout.wants[index];
        let others: Vec<String> = self.others.iter().cloned().collect();
        let message = format!(
            "no row has a key `{}`",
            want.column.to_string().escape_debug()
        );
        let help = format!(
            "other keys are: {}; set {}",
            list(&others),
            layout.key(want)
        );
        Err(Error::input("input/missing-column", file, message).with_help(help))
    }
}

/// Reads NDJSON.
///
/// # Errors
/// Positions instead of keys, and those of [`Lines::advance`] and of the sink.
pub(crate) fn read<S: Sink>(
    bytes: Bytes<'_>,
    layout: &Layout,
    keys: &mut Keys,
    rows: &mut Rows<'_, S>,
) -> error::Result<()> {
    let mut object = Object {
        names: names(layout)?,
        ..Object::default()
    };
    let mut lines = Lines::new(bytes, layout.max_line_bytes);
    loop {
        let number = match lines.advance()? {
            Found::End => return Ok(()),
            Found::TooLong => {
                let detail = format!("more than {} bytes", layout.max_line_bytes);
                rows.reject(lines.number(), Fault::new("line-too-long", detail));
                continue;
            }
            Found::Record => lines.number(),
        };
        match object.parse(lines.line(), keys) {
            Ok(()) => rows.row(number, &object)?,
            Err(fault) => rows.reject(number, fault),
        }
    }
}

fn names(layout: &Layout) -> error::Result<Vec<String>> {
    let name = |want: &super::table::Want| match &want.column {
        Column::Name(name) => Ok(name.clone()),
        Column::Position(position) => {
            let message = format!(
                "{} is position {position}, but NDJSON has keys",
                layout.key(want)
            );
            Err(Error::config(message).with_help("give the name of the key"))
        }
    };
    layout.wants.iter().map(name).collect()
}

/// The value of a mapped key.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Absent,
    Null,
    /// A range of the object's text.
    Text(Range<usize>),
    Nested,
}

/// The mapped values of one line.
#[derive(Default)]
struct Object {
    names: Vec<String>,
    values: Vec<Value>,
    text: String,
    /// Wanted columns whose text must be taken from the line, with the number of their entry.
    inexact: Vec<(usize, usize)>,
    twice: Option<usize>,
}

impl Record for Object {
    fn cell(&self, index: usize) -> Cell<'_> {
        match &self.values[index] {
            Value::Absent | Value::Null => Cell::Null,
            Value::Text(range) => Cell::Text(&self.text.as_bytes()[range.clone()]),
            Value::Nested => Cell::Nested,
        }
    }
}

impl Object {
    fn parse(&mut self, line: &[u8], keys: &mut Keys) -> Result<(), Fault> {
        self.values.clear();
        self.values.resize(self.names.len(), Value::Absent);
        self.text.clear();
        self.inexact.clear();
        self.twice = None;
        let line = std::str::from_utf8(line).map_err(|error| {
            Fault::new(
                "invalid-utf8",
                format!("byte {} of the line is not UTF-8", error.valid_up_to()),
            )
        })?;
        let mut json = serde_json::Deserializer::from_str(line);
        let parsed = json
            .deserialize_map(Entries { object: self, keys })
            .and_then(|()| json.end());
        if let Some(column) = self.twice {
            return Err(Fault::showing("duplicate-key", &self.names[column]).of(column));
        }
        parsed.map_err(|error| Fault::new("bad-json", shown(&error.to_string())))?;
        keys.any = true;
        for (seen, value) in keys.seen.iter_mut().zip(&self.values) {
            *seen |= *value != Value::Absent;
        }
        for &(column, entry) in &self.inexact {
            let start = self.text.len();
            self.text.push_str(value_text(line, entry));
            self.values[column] = Value::Text(start..self.text.len());
        }
        Ok(())
    }

    fn push(&mut self, text: fmt::Arguments<'_>) -> Value {
        let start = self.text.len();
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(text);
        Value::Text(start..self.text.len())
    }
}

/// Visits the entries of an object.
struct Entries<'a> {
    object: &'a mut Object,
    keys: &'a mut Keys,
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut entry = 0;
        while let Some(found) = map.next_key_seed(Key {
            names: &self.object.names,
            keys: self.keys,
        })? {
            match found {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(column) => {
                    if self.object.values[column] != Value::Absent {
                        self.object.twice = Some(column);
                        return Err(A::Error::custom("duplicate key"));
                    }
                    let value = map.next_value_seed(Scalar {
                        object: self.object,
                        column,
                        entry,
                    })?;
                    self.object.values[column] = value;
                }
            }
            entry += 1;
        }
        Ok(())
    }
}

/// Reads a key as the index of the wanted column, if it is one.
struct Key<'a> {
    names: &'a [String],
    keys: &'a mut Keys,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        let column = self.names.iter().position(|name| name == key);
        if column.is_none() && self.keys.others.len() < KEYS_KEPT && !self.keys.others.contains(key)
        {
            self.keys.others.insert(key.to_owned());
        }
        Ok(column)
    }
}

/// Reads the value of a wanted column.
struct Scalar<'a> {
    object: &'a mut Object,
    column: usize,
    entry: usize,
}

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(self.object.push(format_args!("{value}")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(self.object.push(format_args!("{value}")))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.object.push(format_args!("{value}")))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.object.push(format_args!("{value}")))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        // The text is taken from the line once the whole of it is known to be sound.
        self.object.inexact.push((self.column, self.entry));
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Nested)
    }
}

/// The text of the value of entry number `entry` of a valid JSON object.
fn value_text(object: &str, entry: usize) -> &str {
    let (mut depth, mut n_entries, mut start) = (0, 0, 0);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in object.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b':' if depth == 1 => start = at + 1,
            b',' | b'}' if depth == 1 => {
                if n_entries == entry {
                    return object[start..at].trim_ascii();
                }
                n_entries += 1;
                depth -= i32::from(byte == b'}');
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_any_entry_is_found() {
        let line = r#" { "a\"}" : {"x": [1, "}"]}, "b":1.10 ,"c" : "," , "d": -0e5}"#;
        assert_eq!(value_text(line, 0), r#"{"x": [1, "}"]}"#);
        assert_eq!(value_text(line, 1), "1.10");
        assert_eq!(value_text(line, 2), "\",\"");
        assert_eq!(value_text(line, 3), "-0e5");
    }
}
