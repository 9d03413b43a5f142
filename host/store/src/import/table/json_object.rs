//! The outline of a JSON object: the list in it whose elements are its rows, and the values around that list.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json_leaves::{Element, IntoElement, Leaves, descend};

/// The lists and the other values of an object.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Path of each list that is not empty, and true if its elements are objects or lists.
    lists: Vec<(String, bool)>,
    pub(super) values: Leaves,
}

impl Outline {
    /// Returns the path of the list of rows; `None` if the object itself is the only row.
    pub(super) fn rows(&self) -> Result<Option<&str>, String> {
        let of_values: Vec<&str> = self.lists.iter().filter(|(_, deep)| *deep).map(|(path, _)| path.as_str()).collect();
        match of_values.as_slice() {
            [] => Ok(None),
            [path] => Ok(Some(path)),
            several => Err(format!(
                "its JSON has {} lists of rows (`{}`): write the one to import to a file of its own",
                several.len(),
                several.iter().take(5).copied().collect::<Vec<_>>().join("`, `")
            )),
        }
    }
}

/// Reads an outline; the elements of lists take no memory.
pub(super) struct IntoOutline<'a> {
    pub(super) outline: &'a mut Outline,
    pub(super) path: &'a mut String,
}

impl<'de> DeserializeSeed<'de> for IntoOutline<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl IntoOutline<'_> {
    /// Notes a value that is neither list nor object.
    fn leaf<E>(self, visit: impl FnOnce(IntoElement<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut element = Element::default();
        visit(IntoElement { element: &mut element, path: self.path, inside: true })?;
        self.outline.values.append(&mut element.own);
        Ok(())
    }
}

impl<'de> Visitor<'de> for IntoOutline<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.leaf(|leaf| leaf.visit_str(text))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.leaf(|leaf| leaf.visit_f64(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.leaf(|leaf| leaf.visit_i64(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.leaf(|leaf| leaf.visit_u64(number))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.leaf(|leaf| leaf.visit_bool(value))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let IntoOutline { outline, path } = self;
        while let Some(key) = map.next_key::<String>()? {
            let before = descend(path, &key);
            map.next_value_seed(IntoOutline { outline: &mut *outline, path: &mut *path })?;
            path.truncate(before);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if let Some(deep) = list.next_element_seed(IsDeep)? {
            self.outline.lists.push((self.path.clone(), deep));
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Reads a value and returns true if it is an object or a list.
struct IsDeep;

impl<'de> DeserializeSeed<'de> for IsDeep {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for IsDeep {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(true)
    }
}
