//! The rows of a JSON file: of lines, of a list, or of the list in an object.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use csv::ByteRecord;
use host_system::guard::guarded;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::foreign::{ForeignRow, ForeignTable, ReadEnd, TakeRow};
use super::json_leaves::{Element, IntoElement, Leaves, PathColumns, descend};
use super::json_object::{IntoOutline, Outline};
use super::shape::{FileShape, JsonShape};
use super::unpack::{damaged, reason};
use super::{encoding, raw::RawFile, unpack};
use crate::import::error::ImportError;

/// Most bytes of one value: it is held in memory as a whole. A venue's candles of a day have less than a megabyte.
const LONGEST_VALUE: usize = 64 << 20;
/// Number of rows whose columns make the header.
const HEADER_ROWS: usize = 2_000;

/// Returns the columns of the first rows, in the order in which they appear, and the path of the list of rows in each
/// value, if they have one.
pub(super) fn header(table: &ForeignTable) -> Result<(Vec<String>, Option<String>), ImportError> {
    let mut columns = PathColumns::growing();
    let mut rows = 0;
    let read = each(table, &|_| {}, &mut columns, &mut |_| {
        rows += 1;
        Ok(if rows < HEADER_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    });
    // What is damaged further on is an error once it is read, with the rows before it.
    if let Err(error) = read
        && !matches!(error, ImportError::Truncated { rows: 1.., .. })
    {
        return Err(error);
    }
    Ok((columns.names, columns.rows_at))
}

/// As [`ForeignTable::rows`].
pub(super) fn read(
    table: &ForeignTable,
    progress: &dyn Fn(u64),
    take: &mut TakeRow<'_>,
) -> Result<ReadEnd, ImportError> {
    let mut columns = PathColumns::new(&table.header, table.rows_at.clone());
    let raw = each(table, progress, &mut columns, take)?;
    let sha256 = raw.map_or(Ok(String::new()), |raw| table.digest(raw))?;
    Ok(ReadEnd { sha256, open_end: false, late_columns: columns.late })
}

/// Returns the file, if all of it was read.
fn each(
    table: &ForeignTable,
    progress: &dyn Fn(u64),
    columns: &mut PathColumns,
    take: &mut TakeRow<'_>,
) -> Result<Option<RawFile>, ImportError> {
    let (content, raw) = open(table)?;
    let lines = content.lines.clone();
    let mut rows = Rows { columns, take, progress, raw: &raw, lines, count: 0, around: Vec::new(), end: None };
    let read = match table.shape {
        FileShape::Json(shape) => rows.of_value(table, shape, content),
        _ => rows.of_lines(table, content),
    };
    match rows.end.take() {
        Some(Ok(())) => Ok(None),
        Some(Err(error)) => Err(error),
        None => read.map(|()| Some(raw)),
    }
}

fn open(table: &ForeignTable) -> Result<(LineCounter, RawFile), ImportError> {
    let unpacked = unpack::open(&table.path)?;
    let (content, _) = encoding::decode(unpacked.content).map_err(|error| damaged(&table.path, &error))?;
    Ok((LineCounter::new(content), unpacked.raw))
}

/// Counts lines and the bytes of each value while a parser reads byte by byte.
struct LineCounter {
    content: Box<dyn BufRead>,
    lines: Rc<Cell<u64>>,
    value_bytes: Rc<Cell<usize>>,
}

impl LineCounter {
    fn new(content: Box<dyn BufRead>) -> LineCounter {
        LineCounter { content, lines: Rc::default(), value_bytes: Rc::default() }
    }
}

impl Read for LineCounter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.value_bytes.get() > LONGEST_VALUE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a value has more than 64 MiB"));
        }
        let read = self.content.read(buffer)?;
        let ends = buffer[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.lines.set(self.lines.get() + ends);
        self.value_bytes.set(self.value_bytes.get() + read);
        Ok(read)
    }
}

/// Gives the rows of values to `take`.
struct Rows<'a, 't> {
    columns: &'a mut PathColumns,
    take: &'a mut TakeRow<'t>,
    progress: &'a dyn Fn(u64),
    raw: &'a RawFile,
    lines: Rc<Cell<u64>>,
    count: u64,
    /// Values around the list of rows, which each row has.
    around: Leaves,
    /// Set once no more rows are wanted: by a break, or by an error.
    end: Option<Result<(), ImportError>>,
}

impl Rows<'_, '_> {
    fn of_lines(&mut self, table: &ForeignTable, mut content: LineCounter) -> Result<(), ImportError> {
        let (mut line, mut number) = (Vec::new(), 0);
        while self.end.is_none() {
            line.clear();
            let before = number;
            let broken = |problem: String, rows| table.truncated(before, problem, rows);
            let limit = LONGEST_VALUE as u64 + 1;
            let read = (&mut content.content).take(limit).read_until(b'\n', &mut line);
            read.map_err(|error| broken(reason(&error), self.count))?;
            if line.len() > LONGEST_VALUE {
                return Err(broken("a line has more than 64 MiB".to_owned(), self.count));
            }
            if line.is_empty() {
                return Ok(());
            }
            number += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let mut element = Element::default();
            let parsed = guarded("a line", || {
                let mut parser = Deserializer::from_slice(&line);
                IntoElement { element: &mut element, path: &mut String::new(), inside: false }
                    .deserialize(&mut parser)
                    .and_then(|()| parser.end())
            });
            match parsed.map_err(|error| broken(error.to_string(), self.count))? {
                Ok(()) => self.give(element, number),
                Err(error) if error.is_eof() && line.last() != Some(&b'\n') => {
                    return Err(broken("its last line is cut short".to_owned(), self.count));
                }
                Err(error) => self.give_row(&ByteRecord::new(), number, Some(format!("it is not JSON ({error})"))),
            }
        }
        Ok(())
    }

    fn of_value(&mut self, table: &ForeignTable, shape: JsonShape, content: LineCounter) -> Result<(), ImportError> {
        let not = |problem: String| ImportError::NotATable { path: table.path.clone(), problem };
        let mut list = None;
        if shape == JsonShape::Object {
            let (first, _) = open(table)?;
            let mut outline = Outline::default();
            first.value_bytes.set(0);
            let read = guarded("the JSON", || {
                let free = Unlimited(first);
                let mut parser = Deserializer::from_reader(free);
                IntoOutline { outline: &mut outline, path: &mut String::new() }
                    .deserialize(&mut parser)
                    .and_then(|()| parser.end())
            });
            let broken = |problem: String| table.truncated(0, problem, 0);
            read.map_err(|error| broken(error.to_string()))?.map_err(|error| broken(error.to_string()))?;
            list = outline.rows().map_err(not)?.map(str::to_owned);
            self.around = outline.values;
            if list.is_none() {
                let own = std::mem::take(&mut self.around);
                self.give(Element::of(own), 1);
                return Ok(());
            }
        }
        let (lines, value_bytes) = (content.lines.clone(), content.value_bytes.clone());
        let rows = RefCell::new(&mut *self);
        let read = guarded("the JSON", || {
            let mut parser = Deserializer::from_reader(content);
            let walk = Walk { rows: &rows, list: list.as_deref(), path: &mut String::new(), value_bytes: &value_bytes };
            walk.deserialize(&mut parser).and_then(|()| parser.end())
        });
        let problem = match read {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if error.is_eof() => "it ends too early".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(table.truncated(lines.get() + 1, problem, self.count))
    }

    fn give(&mut self, element: Element, line: u64) {
        let (own, rows) = element.rows(&mut self.columns.rows_at);
        let mut record = ByteRecord::new();
        for row in rows {
            if self.end.is_some() {
                return;
            }
            let around = std::mem::take(&mut self.around);
            self.columns.fill(row.iter().chain(&own).chain(&around), &mut record);
            self.around = around;
            self.give_row(&record, line, None);
        }
    }

    fn give_row(&mut self, fields: &ByteRecord, line: u64, problem: Option<String>) {
        self.count += 1;
        if self.count.is_multiple_of(4_096) {
            (self.progress)(self.raw.bytes());
        }
        match (self.take)(ForeignRow { fields, place: &|| line, problem }) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => self.end = Some(Ok(())),
            Err(error) => self.end = Some(Err(error)),
        }
    }
}

/// Reads without a limit to the length of a value: nothing of it is kept.
struct Unlimited(LineCounter);

impl Read for Unlimited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.value_bytes.set(0);
        self.0.read(buffer)
    }
}

/// Walks to the list of rows, and gives each of its elements.
struct Walk<'a, 'r, 'c, 't> {
    rows: &'a RefCell<&'r mut Rows<'c, 't>>,
    /// Path of the list; `None` if it is the value itself.
    list: Option<&'a str>,
    path: &'a mut String,
    value_bytes: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let is_list = self.list.is_none_or(|list| list == self.path);
        let is_above = self.list.is_some_and(|list| {
            self.path.is_empty() || list.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.starts_with('.'))
        });
        match (is_list, is_above) {
            (true, _) => deserializer.deserialize_seq(self),
            (_, true) => deserializer.deserialize_map(self),
            _ => deserializer.deserialize_ignored_any(IgnoredAny).map(drop),
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Walk { rows, list, path, value_bytes } = self;
        while let Some(key) = map.next_key::<String>()? {
            value_bytes.set(0);
            let before = descend(path, &key);
            map.next_value_seed(Walk { rows, list, path: &mut *path, value_bytes })?;
            path.truncate(before);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut element = Element::default();
            self.value_bytes.set(0);
            let lines = self.rows.borrow().lines.clone();
            let into = IntoElement { element: &mut element, path: &mut String::new(), inside: false };
            let Some(line) = list.next_element_seed(AtLine { into, lines: &lines })? else { return Ok(()) };
            let mut rows = self.rows.borrow_mut();
            rows.give(element, line);
            if rows.end.is_some() {
                return Err(A::Error::custom("no more rows are wanted"));
            }
        }
    }
}

/// Reads an element, and returns the line at which it begins.
struct AtLine<'a> {
    into: IntoElement<'a>,
    lines: &'a Cell<u64>,
}

impl<'de> DeserializeSeed<'de> for AtLine<'_> {
    type Value = u64;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        // What stands before the element has been read.
        let line = self.lines.get() + 1;
        self.into.deserialize(deserializer)?;
        Ok(line)
    }
}
