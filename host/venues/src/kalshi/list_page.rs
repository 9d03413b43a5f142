//! One page of a list on the wire, decoded as a whole.
//!
//! A malformed row costs that row. Of market data, it is left out: its market has no quote, and the others go on. Of
//! the account, it is named beside the others: what it is about is not known, and nobody may conclude anything from its
//! absence. Where several rows of market data are malformed and none is right, the list is.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::client::json::{self, printable};
use crate::error::MalformedResponse;

/// A row of a list as it stands on the wire.
pub(super) trait ListRow: DeserializeOwned + Send {
    /// The neutral type that the row converts into.
    type Item;

    /// The field of the response that holds the rows.
    const LIST: &'static str;

    /// The field that names a row.
    const NAME: &'static str;

    /// True for rows of the account.
    const IS_OF_ACCOUNT: bool = false;

    /// Returns the id that tells rows apart.
    fn id(&self) -> String;

    /// Returns the host's id, if it is an order.
    fn client_order_id(&self) -> &str {
        ""
    }

    /// Converts the row, if its fields make sense together.
    ///
    /// # Errors
    /// The reason why they do not.
    fn into_item(self) -> Result<Self::Item, String>;
}

/// One page of rows of the kind `R`, each decoded as a `T`; other fields of the response are ignored.
pub(super) struct ListPage<R, T> {
    pub(super) rows: Vec<T>,
    pub(super) cursor: String,
    kind: PhantomData<R>,
}

impl<R, T> ListPage<R, T> {
    pub(super) fn new(rows: Vec<T>, cursor: String) -> ListPage<R, T> {
        ListPage { rows, cursor, kind: PhantomData }
    }
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
                if rows.replace(map.next_value()?).is_some() {
                    return Err(A::Error::duplicate_field(R::LIST));
                }
            } else if name == "cursor" {
                cursor = map.next_value::<Option<String>>()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field(R::LIST))?;
        Ok(ListPage::new(rows, cursor.unwrap_or_default()))
    }
}

/// A row, or what can be read of a malformed one.
pub(super) type DecodedRow<R> = Result<R, MalformedRow>;

/// A row that cannot be decoded. A field that cannot be read either is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MalformedRow {
    /// The field that names it.
    pub(super) name: String,
    /// The host's id, if it is an order.
    pub(super) client_order_id: String,
    pub(super) error: MalformedResponse,
}

/// Decodes a page: as a whole if possible, else each row on its own.
pub(super) fn read_page<R: ListRow>(
    body: &[u8],
    origin: &str,
) -> Result<ListPage<R, DecodedRow<R>>, MalformedResponse> {
    let malformed = match json::decode::<ListPage<R, R>>(body, origin) {
        Ok(ListPage { rows, cursor, .. }) => return Ok(ListPage::new(rows.into_iter().map(Ok).collect(), cursor)),
        Err(malformed) => malformed,
    };
    let Ok(ListPage { rows, cursor, .. }) = json::decode::<ListPage<R, Value>>(body, origin) else {
        return Err(malformed);
    };
    let mut rows: Vec<DecodedRow<R>> = rows.into_iter().map(|row| decode_row(&row, origin)).collect();
    // The error of the page shows the place.
    let mut bad = rows.iter_mut().filter_map(|row| row.as_mut().err());
    if let (Some(only), None) = (bad.next(), bad.next()) {
        only.error.clone_from(&malformed);
    }
    // If several rows are malformed and none is right, the list itself is malformed. An order needs to be named as one
    // that cannot be read, even if it is the only one.
    let is_malformed = !R::IS_OF_ACCOUNT && rows.len() > 1 && rows.iter().all(Result::is_err);
    if is_malformed { Err(malformed) } else { Ok(ListPage::new(rows, cursor)) }
}

fn decode_row<R: ListRow>(row: &Value, origin: &str) -> DecodedRow<R> {
    R::deserialize(row).map_err(|error| {
        let (reason, excerpt) = (printable(&error.to_string()), printable(&row.to_string()));
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let (name, client_order_id) = (text(R::NAME), text("client_order_id"));
        MalformedRow { name, client_order_id, error: MalformedResponse { reason, origin: origin.to_owned(), excerpt } }
    })
}
