//! Paginated lists: followed to the end, without repeated rows.
//!
//! A venue may repeat a row; one of the account that is there twice and differs cannot be read. A venue that repeats a
//! cursor, or whose pages bring nothing new, would be read for ever and is refused. A row that the venue skips cannot
//! be noticed here: reconciliation finds it.
//!
//! Source: <https://docs.kalshi.com/getting_started/pagination>.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::account::Kalshi;
use super::arriving_page::ArrivingPage;
use super::http::ApiRequest;
use super::list_page::{DecodedRow, ListRow, MalformedRow};
use crate::client::json::printable;
use crate::error::{MalformedResponse, ReadError};
use crate::model::{AccountRows, UnreadableRow};

/// More pages than any list has: at the smallest page size they hold [`MOST_ROWS`].
const MOST_PAGES: usize = 1_000;

/// More rows than any list has; the venue has some ten thousand open markets.
const MOST_ROWS: usize = 200_000;

/// Most pages in a row that may bring nothing new.
const MOST_BARREN_PAGES: usize = 3;

/// The part of a list that was read so far.
struct PartialList<R: ListRow> {
    items: Vec<R::Item>,
    /// For each row's id, its place in `items`; `None` if its fields do not make sense together.
    ids: HashMap<String, Option<usize>>,
    malformed: Vec<MalformedRow>,
    /// Items whose row was repeated and differed, by their place.
    twice: BTreeMap<usize, MalformedRow>,
    /// Rows that arrived, including repeated and malformed ones.
    arrived: usize,
    /// For each cursor, the page that ended with it.
    cursors: HashMap<String, usize>,
    /// Pages since the last one that brought something new.
    barren_pages: usize,
}

impl<R: ListRow> PartialList<R> {
    fn new() -> PartialList<R> {
        PartialList {
            items: Vec::new(),
            ids: HashMap::new(),
            malformed: Vec::new(),
            twice: BTreeMap::new(),
            arrived: 0,
            cursors: HashMap::new(),
            barren_pages: 0,
        }
    }

    /// Takes a page's rows from `origin`. Of a repeated id, the first row counts, unless `differs` says that the two
    /// contradict each other.
    fn take(&mut self, rows: Vec<DecodedRow<R>>, origin: &str, differs: fn(&R::Item, &R::Item) -> bool) {
        self.arrived += rows.len();
        let mut brings_news = false;
        for row in rows {
            match row {
                Ok(row) => brings_news |= self.take_row(row, origin, differs),
                Err(malformed) => {
                    self.malformed.push(malformed);
                    brings_news = true;
                }
            }
        }
        self.barren_pages = if brings_news { 0 } else { self.barren_pages + 1 };
    }

    /// Takes a row. Returns true if it is new.
    fn take_row(&mut self, row: R, origin: &str, differs: fn(&R::Item, &R::Item) -> bool) -> bool {
        let (id, client_order_id) = (row.id(), row.client_order_id().to_owned());
        let malformed = |reason: String, id: &str| MalformedRow {
            name: id.to_owned(),
            client_order_id,
            error: MalformedResponse { reason, origin: origin.to_owned(), excerpt: printable(id) },
        };
        let item = row.into_item();
        match (self.ids.entry(id), item) {
            (Entry::Vacant(place), Ok(item)) => {
                place.insert(Some(self.items.len()));
                self.items.push(item);
                true
            }
            (Entry::Vacant(place), Err(reason)) => {
                self.malformed.push(malformed(reason, place.key()));
                place.insert(None);
                true
            }
            (Entry::Occupied(place), item) => {
                let known = place.get().and_then(|at| Some((at, self.items.get(at)?)));
                if let Some((at, known)) = known
                    && item.is_ok_and(|item| differs(known, &item))
                {
                    let reason = "it is there twice, and differs".to_owned();
                    self.twice.insert(at, malformed(reason, place.key()));
                }
                false
            }
        }
    }

    /// Returns what was read, without what was repeated and differed, and the rows that cannot be read.
    fn finish(self) -> (Vec<R::Item>, Vec<MalformedRow>) {
        let PartialList { items, mut malformed, twice, .. } = self;
        let kept = items.into_iter().enumerate().filter(|(at, _)| !twice.contains_key(at));
        let items = kept.map(|(_, item)| item).collect();
        malformed.extend(twice.into_values());
        (items, malformed)
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
    /// Returns the rows of a list of market data; of repeated ids, the first row. Malformed rows are left out.
    pub(super) async fn list<R: ListRow>(&self, request: &ApiRequest) -> Result<Vec<R::Item>, ReadError> {
        let (items, malformed) = self.whole_list::<R>(request, |_, _| false).await?;
        malformed.iter().for_each(|row| self.shared.warnings.left_out(R::LIST, &row.name, &row.error));
        Ok(items)
    }

    /// Returns the rows of a list of the account, and those that cannot be read.
    pub(super) async fn account_list<R>(&self, request: &ApiRequest) -> Result<AccountRows<R::Item>, ReadError>
    where
        R: ListRow,
        R::Item: PartialEq,
    {
        let (rows, malformed) = self.whole_list::<R>(request, |one, other| one != other).await?;
        let unreadable = malformed.into_iter().map(|MalformedRow { name, client_order_id, error }| UnreadableRow {
            list: R::LIST,
            id: printable(&name),
            client_order_id: printable(&client_order_id),
            reason: error.to_string(),
        });
        Ok(AccountRows { rows, unreadable: unreadable.collect() })
    }

    async fn whole_list<R: ListRow>(
        &self,
        request: &ApiRequest,
        differs: fn(&R::Item, &R::Item) -> bool,
    ) -> Result<(Vec<R::Item>, Vec<MalformedRow>), ReadError> {
        let malformed = |reason: String, excerpt: &str| MalformedResponse {
            reason,
            origin: request.origin(),
            excerpt: printable(excerpt),
        };
        let mut list = PartialList::<R>::new();
        let mut next = request.clone();
        for number in 0..MOST_PAGES {
            let page = self.read_with(&next, || ArrivingPage::<R>::new(request.origin())).await?;
            list.take(page.rows, &request.origin(), differs);
            if page.cursor.is_empty() {
                return Ok(list.finish());
            }
            if let Some(reason) = list.endless(number, &page.cursor) {
                return Err(malformed(reason, &page.cursor).into());
            }
            next = request.clone().with("cursor", page.cursor);
        }
        Err(malformed(format!("the list has more than {MOST_PAGES} pages"), "").into())
    }
}
