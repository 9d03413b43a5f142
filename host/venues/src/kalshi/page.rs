//! Paginated lists: followed to the end, without repeated rows.
//!
//! A venue may repeat a row. One that repeats a cursor, or whose pages bring nothing new, would be read for ever and is
//! refused. A row that the venue skips cannot be noticed here: reconciliation finds it.
//!
//! Source: <https://docs.kalshi.com/getting_started/pagination>.

use std::collections::{HashMap, HashSet};

use super::account::Kalshi;
use super::arriving_page::ArrivingPage;
use super::http::ApiRequest;
use super::list_page::{DecodedRow, ListRow};
use crate::client::json::printable;
use crate::error::{MalformedResponse, ReadError};

/// More pages than any list has: at the smallest page size they hold [`MOST_ROWS`].
const MOST_PAGES: usize = 1_000;

/// More rows than any list has; the venue has some ten thousand open markets.
const MOST_ROWS: usize = 200_000;

/// Most pages in a row that may bring nothing new.
const MOST_BARREN_PAGES: usize = 3;

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
        let mut list = PartialList::<R>::new();
        let mut next = request.clone();
        for number in 0..MOST_PAGES {
            let page = self.read_with(&next, || ArrivingPage::<R>::new(request.origin())).await?;
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
