//! Lists that come in pages: followed to the end, without repeats.
//!
//! A venue that repeats a row is forgiven; one that repeats a cursor would be read for ever and is not. A row that the
//! venue skips cannot be seen here: reconciliation finds it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Kalshi;
use super::error::{self, Nonsense, ReadError};
use super::http::Ask;

/// More pages than any list has.
const MOST_PAGES: usize = 10_000;

/// A row of a list.
pub(super) trait Row: DeserializeOwned {
    /// The field of the answer that holds the rows.
    const LIST: &'static str;

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

/// One page; other fields of the answer are ignored.
struct Page<R> {
    rows: Vec<R>,
    cursor: String,
}

impl<'de, R: Row> Deserialize<'de> for Page<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Page<R>, D::Error> {
        deserializer.deserialize_map(PageVisitor(PhantomData))
    }
}

struct PageVisitor<R>(PhantomData<R>);

impl<'de, R: Row> Visitor<'de> for PageVisitor<R> {
    type Value = Page<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", R::LIST)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<R>, A::Error> {
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
        Ok(Page { rows, cursor: cursor.unwrap_or_default() })
    }
}

impl Kalshi {
    /// All rows of a list, the first of each id.
    pub(super) async fn list<R: Row>(&self, ask: &Ask) -> Result<Vec<R>, ReadError> {
        let nonsense =
            |what: String, excerpt: &str| Nonsense { what, place: ask.place(), excerpt: error::printable(excerpt) };
        let (mut all, mut seen): (Vec<R>, HashSet<String>) = (Vec::new(), HashSet::new());
        let mut cursors: HashMap<String, usize> = HashMap::new();
        let mut next = ask.clone();
        for number in 0..MOST_PAGES {
            let page: Page<R> = self.read(&next).await?;
            for row in page.rows {
                let id = row.id().to_owned();
                let row = row.check().map_err(|what| nonsense(what, &id))?;
                if seen.insert(id) {
                    all.push(row);
                }
            }
            if page.cursor.is_empty() {
                return Ok(all);
            }
            if let Some(before) = cursors.insert(page.cursor.clone(), number) {
                let what = format!("page {number} ends with the cursor of page {before}: the list would never end");
                return Err(nonsense(what, &page.cursor).into());
            }
            next = ask.clone().with("cursor", page.cursor);
        }
        Err(nonsense(format!("the list has more than {MOST_PAGES} pages"), "").into())
    }
}
