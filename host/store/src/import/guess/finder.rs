//! Finds columns in a header: those that are stated, and those with usual names.

use std::path::PathBuf;

use super::names::plain;
use super::wide::WideColumn;
use crate::import::columns::{ColumnMapping, ColumnSource};
use crate::import::error::ImportError;
use crate::import::table::ForeignTable;
use crate::suggest::sentence_end;

/// A column of prices.
#[derive(Clone, Copy, Debug)]
pub(in crate::import) struct PriceField {
    pub(in crate::import) column: usize,
    /// The price is one dollar less that in the column.
    pub(in crate::import) complement: bool,
}

/// The source of a name.
#[derive(Clone, Debug)]
pub(in crate::import) enum NameField {
    /// A column, by its place and its name.
    Column(usize, String),
    Constant(String),
}

/// The columns of one file.
pub(super) struct Finder<'a> {
    table: &'a ForeignTable,
    mapping: &'a ColumnMapping,
    plain: Vec<String>,
    /// Meaning, place and text of what was found.
    found: Vec<(String, Option<usize>, String)>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(table: &'a ForeignTable, mapping: &'a ColumnMapping) -> Finder<'a> {
        let plain = table.header.iter().map(|name| plain(name)).collect();
        Finder { table, mapping, plain, found: Vec::new() }
    }

    pub(super) fn header(&self) -> &'a [String] {
        &self.table.header
    }

    pub(super) fn path(&self) -> PathBuf {
        self.table.path.clone()
    }

    /// Returns true if no column is stated.
    pub(super) fn is_free(&self) -> bool {
        self.mapping.is_empty()
    }

    /// Returns true if `key` is stated.
    pub(super) fn states(&self, key: &str) -> bool {
        self.mapping.get(key).is_some()
    }

    /// Returns the place of the column that is stated for `key`, else of the first one with one of the usual `names`.
    pub(super) fn column(&mut self, key: &str, names: &[&str]) -> Result<Option<usize>, ImportError> {
        Ok(self.price(key, names)?.map(|field| field.column))
    }

    /// As [`Finder::column`], for prices.
    pub(super) fn price(&mut self, key: &str, names: &[&str]) -> Result<Option<PriceField>, ImportError> {
        let field = match self.mapping.get(key) {
            Some(ColumnSource::Complement(name)) => match self.header().contains(&format!("1-{name}")) {
                true => Some(PriceField { column: self.named(&format!("1-{name}"))?, complement: false }),
                false => Some(PriceField { column: self.named(name)?, complement: true }),
            },
            Some(ColumnSource::Column(name)) => Some(PriceField { column: self.named(name)?, complement: false }),
            Some(ColumnSource::Constant(_)) | None => {
                self.usual(names)?.map(|column| PriceField { column, complement: false })
            }
        };
        if let Some(field) = field {
            self.note(key, field);
        }
        Ok(field)
    }

    /// Returns one dollar less the price of the first column with one of the usual `names`.
    pub(super) fn complement(&mut self, key: &str, names: &[&str]) -> Result<Option<PriceField>, ImportError> {
        let field = self.usual(names)?.map(|column| PriceField { column, complement: true });
        if let Some(field) = field {
            self.note(key, field);
        }
        Ok(field)
    }

    /// As [`Finder::column`], for names, which may be constants.
    pub(super) fn name(&mut self, key: &str, names: &[&str]) -> Result<Option<NameField>, ImportError> {
        if let Some(ColumnSource::Constant(text)) = self.mapping.get(key) {
            self.found.push((key.to_owned(), None, format!("\"{text}\"")));
            return Ok(Some(NameField::Constant(text.clone())));
        }
        let column = self.column(key, names)?;
        Ok(column.map(|column| NameField::Column(column, self.header()[column].clone())))
    }

    /// Returns the place of the first column with one of the usual `names`, and notes nothing.
    pub(super) fn usual(&self, names: &[&str]) -> Result<Option<usize>, ImportError> {
        let Some(name) = names.iter().find(|name| self.plain.iter().any(|plain| plain == *name)) else {
            return Ok(None);
        };
        let exact = |place: &usize| self.header()[*place] == *name;
        let places = (0..self.plain.len()).filter(|place| self.plain[*place] == *name).collect::<Vec<_>>();
        match places.iter().copied().find(exact).filter(|_| places.iter().filter(|place| exact(place)).count() == 1) {
            Some(place) => Ok(Some(place)),
            None if places.len() == 1 => Ok(Some(places[0])),
            None => Err(self.twice(&self.header()[places[0]], &places)),
        }
    }

    /// Notes that `field` is read as `key`.
    pub(super) fn note(&mut self, key: &str, field: PriceField) {
        let name = &self.header()[field.column];
        let text = if field.complement { format!("1-{name}") } else { name.clone() };
        self.found.retain(|(other, ..)| other != key);
        self.found.push((key.to_owned(), Some(field.column), text));
    }

    /// Forgets what was found for `key`.
    pub(super) fn forget(&mut self, key: &str) {
        self.found.retain(|(other, ..)| other != key);
    }

    fn named(&self, name: &str) -> Result<usize, ImportError> {
        let is = |place: &usize| self.header()[*place] == name;
        let places: Vec<usize> = (0..self.header().len()).filter(is).collect();
        if let [place] = places.as_slice() {
            return Ok(*place);
        }
        if places.len() > 1 {
            return Err(self.twice(name, &places));
        }
        let place = name.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
        let place = place.and_then(|place| place.checked_sub(1)).filter(|place| *place < self.header().len());
        place.ok_or_else(|| self.missing(name))
    }

    fn twice(&self, name: &str, places: &[usize]) -> ImportError {
        let all: Vec<String> = places.iter().map(|place| format!("#{}", place + 1)).collect();
        let first = all.first().cloned().unwrap_or_default();
        let count = if places.len() == 2 { "twice".to_owned() } else { format!("{} times", places.len()) };
        let problem = format!(
            "`{name}` stands {count} in its header, at the places {}: name the column by its place, such as `--columns \
             bid={first}`",
            all.join(" and ")
        );
        ImportError::Unclear { path: self.path(), problem }
    }

    /// Returns the error that there is no column for `key`.
    pub(super) fn missing(&self, key: &str) -> ImportError {
        ImportError::MissingColumn {
            path: self.table.path.clone(),
            column: key.to_owned(),
            hint: sentence_end(key, self.header().iter().map(String::as_str)),
            known: self.header().join(", "),
        }
    }

    /// Returns the meaning and the name of each column that was found.
    pub(super) fn used(&self) -> Vec<(String, String)> {
        self.found.iter().map(|(key, _, text)| (key.clone(), text.clone())).collect()
    }

    /// Returns the names of the columns that were not found to have a meaning.
    pub(super) fn unused(&self, wide: &[WideColumn]) -> Vec<String> {
        let is_used = |place: usize| {
            self.found.iter().any(|(_, used, _)| *used == Some(place)) || wide.iter().any(|column| column.has(place))
        };
        let unused = (0..self.header().len()).filter(|place| !is_used(*place));
        unused.map(|place| self.header()[place].clone()).filter(|name| !name.is_empty()).collect()
    }
}
