//! The leaves of a JSON value as columns by their path, such as `yes_bid.close` or `bids.0.price`.

use std::collections::HashMap;
use std::fmt::{self, Write};

use csv::ByteRecord;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Most elements of a list that become columns: the best levels of a book.
const MOST_ELEMENTS: usize = 10;
/// Most columns: more are made by nobody who means well.
const MOST_COLUMNS: usize = 4_096;

/// Path and text of each leaf.
pub(super) type Leaves = Vec<(String, String)>;

/// The columns of a file, by their paths.
#[derive(Default)]
pub(super) struct PathColumns {
    pub(super) names: Vec<String>,
    places: HashMap<String, usize>,
    /// Unknown paths become columns; otherwise they are noted as late.
    grows: bool,
    pub(super) late: Vec<String>,
    /// Path of the list of rows in each value, if they have one.
    pub(super) rows_at: Option<String>,
    values: Vec<String>,
}

impl PathColumns {
    /// Returns the columns of these names, to which none is added.
    pub(super) fn new(names: &[String], rows_at: Option<String>) -> PathColumns {
        let places = names.iter().cloned().zip(0..).collect();
        PathColumns {
            names: names.to_vec(),
            places,
            values: vec![String::new(); names.len()],
            rows_at,
            ..PathColumns::default()
        }
    }

    /// Returns columns that grow by those of the leaves that come.
    pub(super) fn growing() -> PathColumns {
        PathColumns { grows: true, ..PathColumns::default() }
    }

    /// Makes `record` one that has `leaves`, those that come first where paths are the same.
    pub(super) fn fill<'a>(&mut self, leaves: impl Iterator<Item = &'a (String, String)>, record: &mut ByteRecord) {
        self.values.iter_mut().for_each(String::clear);
        for (path, text) in leaves {
            let place = match self.places.get(path) {
                Some(place) => *place,
                None if self.grows && self.names.len() < MOST_COLUMNS => {
                    self.places.insert(path.clone(), self.names.len());
                    self.names.push(path.clone());
                    self.values.push(String::new());
                    self.names.len() - 1
                }
                None => {
                    if !self.grows && self.late.len() < MOST_COLUMNS && !self.late.contains(path) {
                        self.late.push(path.clone());
                    }
                    continue;
                }
            };
            if self.values[place].is_empty() {
                self.values[place].push_str(text);
            }
        }
        record.clear();
        self.values.iter().for_each(|value| record.push_field(value.as_bytes()));
    }
}

/// A value with the leaves of its own, and the rows in a list of objects that it has.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) own: Leaves,
    /// The path and the elements of each list of objects.
    lists: Vec<(String, Vec<Leaves>)>,
    /// The paths of lists without an element.
    empty: Vec<String>,
}

impl Element {
    /// Returns a value with these leaves and no list.
    pub(super) fn of(own: Leaves) -> Element {
        Element { own, ..Element::default() }
    }

    /// Returns the rows of the value: those of the one list of objects in it, each with the leaves around, or itself.
    /// `rows_at` is the path of that list, once one is known: where it is empty, there is no row.
    pub(super) fn rows(mut self, rows_at: &mut Option<String>) -> (Leaves, Vec<Leaves>) {
        if self.lists.len() == 1 {
            let (path, rows) = self.lists.swap_remove(0);
            *rows_at = Some(path);
            return (self.own, rows);
        }
        if self.lists.is_empty() && rows_at.as_ref().is_some_and(|path| self.empty.contains(path)) {
            return (self.own, Vec::new());
        }
        for (path, elements) in self.lists {
            for (index, leaves) in elements.into_iter().enumerate().take(MOST_ELEMENTS) {
                self.own.extend(leaves.into_iter().map(|(leaf, text)| (format!("{path}.{index}.{leaf}"), text)));
            }
        }
        (self.own, vec![Vec::new()])
    }
}

/// Reads a value into `element`, under `path`.
pub(super) struct IntoElement<'a> {
    pub(super) element: &'a mut Element,
    pub(super) path: &'a mut String,
    /// The value is in a list: a list of objects in it is none of rows.
    pub(super) inside: bool,
}

impl IntoElement<'_> {
    fn leaf(self, text: String) {
        // A value that is no object has no name: it is the first of the row.
        let path = if self.path.is_empty() { "0".to_owned() } else { self.path.clone() };
        self.element.own.push((path, text));
    }
}

/// Appends `part` to `path`, and returns the length before.
pub(super) fn descend(path: &mut String, part: &dyn fmt::Display) -> usize {
    let before = path.len();
    let dot = if path.is_empty() { "" } else { "." };
    // Writing to a string cannot fail.
    let _ = write!(path, "{dot}{part}");
    before
}

impl<'de> DeserializeSeed<'de> for IntoElement<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for IntoElement<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.leaf(text.to_owned());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.leaf(number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.leaf(number.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.leaf(number.to_string());
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.leaf(value.to_string());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.leaf(String::new());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let IntoElement { element, path, inside } = self;
        while let Some(key) = map.next_key::<String>()? {
            let before = descend(path, &key);
            map.next_value_seed(IntoElement { element: &mut *element, path: &mut *path, inside })?;
            path.truncate(before);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut rows: Vec<Leaves> = Vec::new();
        let mut index = 0;
        loop {
            if self.inside && index >= MOST_ELEMENTS {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
            let (mut inner, mut path) = (Element::default(), String::new());
            if list.next_element_seed(IntoElement { element: &mut inner, path: &mut path, inside: true })?.is_none() {
                break;
            }
            let is_object = inner.own.iter().any(|(path, _)| !path.starts_with(|first: char| first.is_ascii_digit()));
            match is_object && !self.inside {
                true => rows.push(inner.own),
                false if index < MOST_ELEMENTS => {
                    let prefix = format!("{}.{index}", self.path);
                    let prefix = prefix.trim_start_matches('.');
                    self.element.own.extend(inner.own.into_iter().map(|(leaf, text)| match leaf.as_str() {
                        "0" => (prefix.to_owned(), text),
                        leaf => (format!("{prefix}.{leaf}"), text),
                    }));
                }
                false => {}
            }
            index += 1;
        }
        match rows.is_empty() {
            true if index == 0 => self.element.empty.push(self.path.clone()),
            true => {}
            false => self.element.lists.push((self.path.clone(), rows)),
        }
        Ok(())
    }
}
