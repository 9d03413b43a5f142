//! Lists that come in pages: followed to the end, without repeats.
//!
//! A venue that repeats a row is forgiven; one that repeats a cursor, or goes on without telling anything new, would be read
//! for ever and is not. A row that the venue skips cannot be seen here: reconciliation finds it.
//!
//! Of market data, a row that makes no sense is left out: its market has no quote, and the others go on. Of the account, it
//! spoils the list: a state of orders or money is whole or not known.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Kalshi;
use super::error::{self, Nonsense, ReadError};
use super::http::{Answer, Ask};

/// More pages than any list has: at the smallest size of a page there are as many rows as [`MOST_ROWS`].
const MOST_PAGES: usize = 1_000;

/// More rows than any list has; of the venue's open markets there are some ten thousand.
const MOST_ROWS: usize = 200_000;

/// So many pages in a row may bring nothing new.
const MOST_BARREN_PAGES: usize = 3;

/// A row of a list.
pub(super) trait Row: DeserializeOwned {
    /// The field of the answer that holds the rows.
    const LIST: &'static str;

    /// For market data, the field of a row that names it: such rows are taken each on its own.
    const ALONE: Option<&'static str> = None;

    /// What rows are told apart by.
    fn id(&self) -> &str;

    /// The row, if it makes sense as a whole.
    ///
    /// # Errors
    /// What does not.
    fn check(self) -> Result<Self, String> {
        Ok(self)
    }
}

/// One page of `R`s, of which each was read as a `T`; other fields of the answer are ignored.
struct Page<R, T> {
    rows: Vec<T>,
    cursor: String,
    of: PhantomData<R>,
}

impl<'de, R: Row, T: Deserialize<'de>> Deserialize<'de> for Page<R, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Page<R, T>, D::Error> {
        deserializer.deserialize_map(PageVisitor(PhantomData))
    }
}

struct PageVisitor<R, T>(PhantomData<(R, T)>);

impl<'de, R: Row, T: Deserialize<'de>> Visitor<'de> for PageVisitor<R, T> {
    type Value = Page<R, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", R::LIST)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<R, T>, A::Error> {
        let (mut rows, mut cursor) = (None, None);
        while let Some(name) = map.next_key::<String>()? {
            if name == R::LIST {
                rows = Some(map.next_value()?);
            } else if name == "cursor" {
                cursor = map.next_value::<Option<String>>()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field(R::LIST))?;
        Ok(Page { rows, cursor: cursor.unwrap_or_default(), of: PhantomData })
    }
}

/// A row, or what it is called and why it is none.
type Taken<R> = Result<R, (String, Nonsense)>;

/// Reads a page: whole if it can be, else each row on its own if its kind allows that.
fn read_page<R: Row>(body: &[u8], place: &str) -> Result<Page<R, Taken<R>>, Nonsense> {
    let spoilt = match error::decode::<Page<R, R>>(body, place) {
        Ok(Page { rows, cursor, of }) => return Ok(Page { rows: rows.into_iter().map(Ok).collect(), cursor, of }),
        Err(spoilt) => spoilt,
    };
    let Some(name) = R::ALONE else { return Err(spoilt) };
    let Ok(Page { rows, cursor, of }) = error::decode::<Page<R, Value>>(body, place) else { return Err(spoilt) };
    let rows: Vec<Taken<R>> = rows.into_iter().map(|row| alone(row, name, place)).collect();
    // Of several rows none is right: then it is the list that makes no sense.
    if rows.len() > 1 && rows.iter().all(Result::is_err) { Err(spoilt) } else { Ok(Page { rows, cursor, of }) }
}

fn alone<R: Row>(row: Value, name: &str, place: &str) -> Taken<R> {
    R::deserialize(&row).map_err(|error| {
        let what = error::printable(&error.to_string());
        let excerpt = error::printable(&row.to_string());
        (row[name].as_str().unwrap_or_default().to_owned(), Nonsense { what, place: place.to_owned(), excerpt })
    })
}

/// A list as far as it was read.
struct List<R> {
    rows: Vec<R>,
    ids: HashSet<String>,
    /// Rows that came, repeated and senseless ones included.
    came: usize,
    /// By cursor: the page that ended with it.
    cursors: HashMap<String, usize>,
    /// Pages since the last one that brought something new.
    barren: usize,
}

impl<R: Row> List<R> {
    fn new() -> List<R> {
        List { rows: Vec::new(), ids: HashSet::new(), came: 0, cursors: HashMap::new(), barren: 0 }
    }

    /// Takes a page's rows; those that make no sense are told to `left_out`.
    ///
    /// # Errors
    /// A row that does not make sense as a whole: what is wrong, and its id.
    fn take(&mut self, rows: Vec<Taken<R>>, left_out: impl Fn(&str, &Nonsense)) -> Result<(), (String, String)> {
        self.came += rows.len();
        let mut brings_news = false;
        for row in rows {
            match row {
                Ok(row) => {
                    let id = row.id().to_owned();
                    let row = row.check().map_err(|what| (what, id.clone()))?;
                    if self.ids.insert(id) {
                        self.rows.push(row);
                        brings_news = true;
                    }
                }
                Err((name, nonsense)) => {
                    left_out(&name, &nonsense);
                    brings_news = true;
                }
            }
        }
        self.barren = if brings_news { 0 } else { self.barren + 1 };
        Ok(())
    }

    /// Why the page `number`, which ends with `cursor`, must be the last: it would never end.
    fn endless(&mut self, number: usize, cursor: &str) -> Option<String> {
        if let Some(before) = self.cursors.insert(cursor.to_owned(), number) {
            return Some(format!("page {number} ends with the cursor of page {before}: the list would never end"));
        }
        if self.barren >= MOST_BARREN_PAGES {
            return Some(format!("{} pages in a row bring nothing new: the list would never end", self.barren));
        }
        (self.came > MOST_ROWS).then(|| format!("the list has more than {MOST_ROWS} rows"))
    }
}

impl Kalshi {
    /// All rows of a list, the first of each id.
    pub(super) async fn list<R: Row>(&self, ask: &Ask) -> Result<Vec<R>, ReadError> {
        let nonsense =
            |what: String, excerpt: &str| Nonsense { what, place: ask.place(), excerpt: error::printable(excerpt) };
        let left_out = |name: &str, nonsense: &Nonsense| self.shared.told.left_out(R::LIST, name, nonsense);
        let read = |answer: &Answer| read_page::<R>(&answer.body, &ask.place());
        let mut list = List::new();
        let mut next = ask.clone();
        for number in 0..MOST_PAGES {
            let page = self.read_with(&next, read).await?;
            list.take(page.rows, left_out).map_err(|(what, id)| nonsense(what, &id))?;
            if page.cursor.is_empty() {
                return Ok(list.rows);
            }
            if let Some(what) = list.endless(number, &page.cursor) {
                return Err(nonsense(what, &page.cursor).into());
            }
            next = ask.clone().with("cursor", page.cursor);
        }
        Err(nonsense(format!("the list has more than {MOST_PAGES} pages"), "").into())
    }
}
