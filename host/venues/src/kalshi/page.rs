//! Paginated lists: followed to the end, without repeated rows.
//!
//! A venue may repeat a row. One that repeats a cursor, or whose pages bring nothing new, would be read for ever and is
//! refused. A row that the venue skips cannot be noticed here: reconciliation finds it.
//!
//! Of market data, a malformed row is left out: its market has no quote, and the others go on. Of the account, it
//! spoils the whole list: the state of orders and money is complete or unknown.
//!
//! Source: <https://docs.kalshi.com/getting_started/pagination>.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::account::Kalshi;
use super::http::{ApiRequest, ApiResponse};
use crate::client::json::{self, printable};
use crate::error::{MalformedResponse, ReadError};

/// More pages than any list has: at the smallest page size they hold [`MOST_ROWS`].
const MOST_PAGES: usize = 1_000;

/// More rows than any list has; the venue has some ten thousand open markets.
const MOST_ROWS: usize = 200_000;

/// Most pages in a row that may bring nothing new.
const MOST_BARREN_PAGES: usize = 3;

/// A row of a list as it stands on the wire.
pub(super) trait ListRow: DeserializeOwned {
    /// The neutral type that the row converts into.
    type Item;

    /// The field of the response that holds the rows.
    const LIST: &'static str;

    /// The field that names a row of market data, whose rows are decoded each on its own; `None` for rows of the
    /// account.
    const NAME: Option<&'static str> = None;

    /// Returns the id that tells rows apart.
    fn id(&self) -> &str;

    /// Converts the row, if its fields make sense together.
    ///
    /// # Errors
    /// The reason why they do not.
    fn into_item(self) -> Result<Self::Item, String>;
}

/// One page of rows of the kind `R`, each decoded as a `T`; other fields of the response are ignored.
struct ListPage<R, T> {
    rows: Vec<T>,
    cursor: String,
    kind: PhantomData<R>,
}

impl<'de, R: ListRow, T: Deserialize<'de>> Deserialize<'de> for ListPage<R, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ListPage<R, T>, D::Error> {
        deserializer.deserialize_map(ListPageVisitor(PhantomData))
    }
}

struct ListPageVisitor<R, T>(PhantomData<(R, T)>);

impl<'de, R: ListRow, T: Deserialize<'de>> Visitor<'de> for ListPageVisitor<R, T> {
    type Value = ListPage<R, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", R::LIST)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ListPage<R, T>, A::Error> {
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
        Ok(ListPage { rows, cursor: cursor.unwrap_or_default(), kind: PhantomData })
    }
}

/// A row, or the name of a malformed one and its error.
type DecodedRow<R> = Result<R, (String, MalformedResponse)>;

/// Decodes a page: as a whole if possible, else each row on its own if its kind allows that.
fn read_page<R: ListRow>(body: &[u8], origin: &str) -> Result<ListPage<R, DecodedRow<R>>, MalformedResponse> {
    let malformed = match json::decode::<ListPage<R, R>>(body, origin) {
        Ok(ListPage { rows, cursor, kind }) => {
            return Ok(ListPage { rows: rows.into_iter().map(Ok).collect(), cursor, kind });
        }
        Err(malformed) => malformed,
    };
    let Some(name) = R::NAME else { return Err(malformed) };
    let Ok(ListPage { rows, cursor, kind }) = json::decode::<ListPage<R, Value>>(body, origin) else {
        return Err(malformed);
    };
    let rows: Vec<DecodedRow<R>> = rows.into_iter().map(|row| decode_row(row, name, origin)).collect();
    // If several rows are malformed and none is right, the list itself is malformed.
    if rows.len() > 1 && rows.iter().all(Result::is_err) { Err(malformed) } else { Ok(ListPage { rows, cursor, kind }) }
}

fn decode_row<R: ListRow>(row: Value, name: &str, origin: &str) -> DecodedRow<R> {
    R::deserialize(&row).map_err(|error| {
        let (reason, excerpt) = (printable(&error.to_string()), printable(&row.to_string()));
        let name = row[name].as_str().unwrap_or_default().to_owned();
        (name, MalformedResponse { reason, origin: origin.to_owned(), excerpt })
    })
}

/// The part of a list that was read so far.
struct PartialList<R: ListRow> {
    items: Vec<R::Item>,
    ids: HashSet<String>,
    /// Rows that arrived, including repeated and malformed ones.
    arrived: usize,
    /// For each cursor, the page that ended with it.
    cursors: HashMap<String, usize>,
    /// Pages since the last one that brought something new.
    barren_pages: usize,
}

impl<R: ListRow> PartialList<R> {
    fn new() -> PartialList<R> {
        PartialList { items: Vec::new(), ids: HashSet::new(), arrived: 0, cursors: HashMap::new(), barren_pages: 0 }
    }

    /// Takes a page's rows; hands malformed ones to `left_out`.
    ///
    /// # Errors
    /// The reason why a row's fields do not make sense together, and its id.
    fn take(
        &mut self,
        rows: Vec<DecodedRow<R>>,
        left_out: impl Fn(&str, &MalformedResponse),
    ) -> Result<(), (String, String)> {
        self.arrived += rows.len();
        let mut brings_news = false;
        for row in rows {
            match row {
                Ok(row) => {
                    let id = row.id().to_owned();
                    let item = row.into_item().map_err(|reason| (reason, id.clone()))?;
                    if self.ids.insert(id) {
                        self.items.push(item);
                        brings_news = true;
                    }
                }
                Err((name, malformed)) => {
                    left_out(&name, &malformed);
                    brings_news = true;
                }
            }
        }
        self.barren_pages = if brings_news { 0 } else { self.barren_pages + 1 };
        Ok(())
    }

    /// Returns the reason why page `number`, which ends with `cursor`, must be the last, if the list would never end.
    fn endless(&mut self, number: usize, cursor: &str) -> Option<String> {
        if let Some(before) = self.cursors.insert(cursor.to_owned(), number) {
            return Some(format!("page {number} ends with the cursor of page {before}: the list would never end"));
        }
        if self.barren_pages >= MOST_BARREN_PAGES {
            return Some(format!("{} pages in a row bring nothing new: the list would never end", self.barren_pages));
        }
        (self.arrived > MOST_ROWS).then(|| format!("the list has more than {MOST_ROWS} rows"))
    }
}

impl Kalshi {
    /// Returns all rows of a list; of repeated ids, the first row.
    pub(super) async fn list<R: ListRow>(&self, request: &ApiRequest) -> Result<Vec<R::Item>, ReadError> {
        let malformed = |reason: String, excerpt: &str| MalformedResponse {
            reason,
            origin: request.origin(),
            excerpt: printable(excerpt),
        };
        let left_out =
            |name: &str, malformed: &MalformedResponse| self.shared.warnings.left_out(R::LIST, name, malformed);
        let decode = |response: &ApiResponse| read_page::<R>(&response.body, &request.origin());
        let mut list = PartialList::<R>::new();
        let mut next = request.clone();
        for number in 0..MOST_PAGES {
            let page = self.read_with(&next, decode).await?;
            list.take(page.rows, left_out).map_err(|(reason, id)| malformed(reason, &id))?;
            if page.cursor.is_empty() {
                return Ok(list.items);
            }
            if let Some(reason) = list.endless(number, &page.cursor) {
                return Err(malformed(reason, &page.cursor).into());
            }
            next = request.clone().with("cursor", page.cursor);
        }
        Err(malformed(format!("the list has more than {MOST_PAGES} pages"), "").into())
    }
}
