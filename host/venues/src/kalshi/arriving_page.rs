//! Decodes a page of a list while it arrives.
//!
//! A page of a thousand markets has more than a megabyte, and orders wait for what is left to do when its last byte is
//! here.
//!
//! Only what is regular is decoded in this way. All else is left to [`read_page`], which has the whole body and can say
//! what is wrong with it.

use host_system::guard::guarded;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Deserializer;

use super::account::BodyReader;
use super::list_page::{DecodedRow, ListPage, ListRow, read_page};
use crate::client::json;
use crate::error::MalformedResponse;

/// Bytes that have to arrive before it is worth while to go on: a row that is cut off is begun anew.
const STEP: usize = 16 << 10;

/// A page whose body is arriving.
pub(super) struct ArrivingPage<R> {
    origin: String,
    rows: Vec<R>,
    /// The place in the body to go on at.
    at: usize,
    /// The part of the body that was looked at.
    looked: usize,
    stage: Stage,
}

/// The part of the body that comes next. `list` is where the list's content begins.
#[derive(Clone, Copy)]
enum Stage {
    /// A field before the list.
    Field,
    /// A row of the list, or its end.
    Row { list: usize },
    /// The fields after the list, from its bracket on.
    Rest { list: usize, end: usize },
    /// The body has to be read as a whole.
    Irregular,
}

/// The reason why the next part cannot be decoded.
enum Halt {
    /// It has not arrived entirely.
    Cut,
    Irregular,
}

impl<R: ListRow> ArrivingPage<R> {
    pub(super) fn new(origin: String) -> ArrivingPage<R> {
        ArrivingPage { origin, rows: Vec::new(), at: 0, looked: 0, stage: Stage::Field }
    }

    fn look(&mut self, body: &[u8]) {
        self.looked = body.len();
        let offset = self.at;
        let arrived = &body[offset..];
        // Text is checked once for all the strings in it. What is no text may be a letter that is cut off.
        let text = str::from_utf8(arrived).or_else(|error| str::from_utf8(&arrived[..error.valid_up_to()]));
        loop {
            let from = Scanner { text: text.unwrap_or_default(), offset, at: self.at };
            let next = match self.stage {
                Stage::Field => self.field(from),
                Stage::Row { list } => self.row(from, list),
                Stage::Rest { .. } | Stage::Irregular => return,
            };
            match next {
                Ok((at, stage)) => (self.at, self.stage) = (at, stage),
                Err(Halt::Cut) => return,
                Err(Halt::Irregular) => self.stage = Stage::Irregular,
            }
        }
    }

    /// Takes up a field before the list, or the beginning of the list.
    fn field(&self, mut from: Scanner<'_>) -> Result<(usize, Stage), Halt> {
        from.expect(if self.at == 0 { b'{' } else { b',' })?;
        let name: String = from.value()?;
        from.expect(b':')?;
        if name == R::LIST {
            from.expect(b'[')?;
            return Ok((from.at, Stage::Row { list: from.at }));
        }
        from.value::<IgnoredAny>()?;
        Ok((from.at, Stage::Field))
    }

    /// Takes up a row, or the end of the list.
    fn row(&mut self, mut from: Scanner<'_>, list: usize) -> Result<(usize, Stage), Halt> {
        match from.next()? {
            b']' => return Ok((from.at, Stage::Rest { list, end: from.at - 1 })),
            b',' if self.at > list => {}
            _ if self.at == list => from.at -= 1,
            _ => return Err(Halt::Irregular),
        }
        self.rows.push(from.value()?);
        Ok((from.at, Stage::Row { list }))
    }
}

impl<R: ListRow> BodyReader for ArrivingPage<R> {
    type Value = ListPage<R, DecodedRow<R>>;

    fn take_up(&mut self, body: &[u8]) {
        if body.len() - self.looked >= STEP {
            self.look(body);
        }
    }

    fn finish(mut self, body: &[u8]) -> Result<Self::Value, MalformedResponse> {
        self.look(body);
        if let Stage::Rest { list, end } = self.stage {
            let rest = [&body[..list], &body[end..]].concat();
            if let Ok(ListPage { cursor, .. }) = json::decode::<ListPage<R, IgnoredAny>>(&rest, &self.origin) {
                return Ok(ListPage::new(self.rows.into_iter().map(Ok).collect(), cursor));
            }
        }
        read_page(body, &self.origin)
    }
}

/// Reads JSON from the beginning of a body.
struct Scanner<'a> {
    /// The part of the body that has arrived, from `offset` on.
    text: &'a str,
    offset: usize,
    /// The place in the body to go on at.
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at - self.offset..]
    }

    /// Returns the next byte that is no white space.
    fn next(&mut self) -> Result<u8, Halt> {
        let skipped = self.rest().bytes().position(|byte| !b" \n\r\t".contains(&byte)).ok_or(Halt::Cut)?;
        let byte = self.rest().as_bytes()[skipped];
        self.at += skipped + 1;
        // Only what is neither letter nor mark of JSON is longer than a byte.
        if byte.is_ascii() { Ok(byte) } else { Err(Halt::Irregular) }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Halt> {
        if self.next()? == byte { Ok(()) } else { Err(Halt::Irregular) }
    }

    /// Returns the next value. It is not the last thing in a body, so something must follow it.
    fn value<T: DeserializeOwned>(&mut self) -> Result<T, Halt> {
        let mut values = Deserializer::from_str(self.rest()).into_iter::<T>();
        // What panics here is read again when it is there as a whole, and is an error then.
        match guarded("a response", || values.next()).map_err(|_| Halt::Irregular)? {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                if self.rest().is_empty() { Err(Halt::Cut) } else { Ok(value) }
            }
            None => Err(Halt::Cut),
            Some(Err(error)) if error.is_eof() => Err(Halt::Cut),
            Some(Err(_)) => Err(Halt::Irregular),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Deserialize)]
    struct Row {
        name: String,
        figure: u32,
    }

    impl ListRow for Row {
        type Item = Row;

        const LIST: &'static str = "rows";
        const NAME: &'static str = "name";

        fn id(&self) -> String {
            self.name.clone()
        }

        fn into_item(self) -> Result<Row, String> {
            Ok(self)
        }
    }

    type Page = Result<ListPage<Row, DecodedRow<Row>>, MalformedResponse>;

    fn shown(page: Page) -> String {
        match page {
            Ok(ListPage { rows, cursor, .. }) => format!("{rows:?} and then `{cursor}`"),
            Err(malformed) => format!("{malformed:?}"),
        }
    }

    /// The page as it is read whole, and as it is read in pieces that end at `cuts`, each looked at.
    fn both(body: &[u8], cuts: &[usize]) -> (String, String) {
        let mut page = ArrivingPage::<Row>::new("GET /rows".to_owned());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (body.len() + 1)).collect();
        cuts.sort_unstable();
        cuts.into_iter().for_each(|cut| page.look(&body[..cut]));
        (shown(read_page(body, "GET /rows")), shown(page.finish(body)))
    }

    fn regular(rows: usize) -> String {
        let row = |n: usize| json!({ "more": [n, { "]": "[\"" }], "name": format!("n\u{e9}{n}"), "figure": n });
        let rows: Vec<_> = (0..rows).map(row).collect();
        json!({ "a": [{ "rows": [1] }], "cursor": "next", "rows": rows, "z": -1.5 }).to_string()
    }

    #[test]
    fn the_rows_of_a_page_are_decoded_before_its_end_is_here() {
        let body = regular(2_000);
        let mut page = ArrivingPage::<Row>::new("GET /rows".to_owned());
        let most = body.len() - STEP;
        page.take_up(&body.as_bytes()[..most]);
        assert!(most - page.at < 100, "{} rows end at {} of {most} bytes", page.rows.len(), page.at);
        assert_eq!(page.finish(body.as_bytes()).map(|page| page.rows.len()).ok(), Some(2_000));
    }

    #[test]
    fn an_irregular_page_reads_as_if_it_had_come_whole() {
        for body in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"rows":[]}"#,
            r#"{"rows":null}"#,
            r#"{"rows":[],"rows":[{"name":"a","figure":1}]}"#,
            r#"{"rows":[{"name":"a","figure":1}],"rows":[]}"#,
            r#"{"rows":[{"name":"a","figure":1}],"cursor":5}"#,
            r#"{"rows":[{"name":"a","figure":1},]}"#,
            r#"{"rows":[,{"name":"a","figure":1}]}"#,
            r#"{"rows":[{"name":"a","figure":1}{"name":"b","figure":1}]}"#,
            r#"{"rows":[{"name":"a","figure":"x"},{"name":"b","figure":1}]}"#,
            r#"{"rows":[{"name":"a","figure":"x"},{"name":"b","figure":"y"}]}"#,
            r#"{"rows":[{"name":"a","figure":1}]} {}"#,
            r#"{"rows":[{"name":"a","figure":1}]"#,
            r#" { "x" : 1 , "rows" : [ { "name" : "a", "figure" : 1 } , ["b", 2] ] , "cursor" : null } "#,
            r#"{"\u0072ows":[{"name":"a","figure":1}]}"#,
            r#"{"rows":[1,2]}"#,
        ] {
            let cuts: Vec<usize> = (0..body.len()).collect();
            let (whole, arrived) = both(body.as_bytes(), &cuts);
            assert_eq!(arrived, whole, "{body}");
        }
    }

    proptest! {
        #[test]
        fn pieces_and_damage_change_nothing(
            rows in 0usize..5,
            cuts in prop::collection::vec(any::<usize>(), 0..20),
            damage in prop::option::of((
                any::<prop::sample::Index>(),
                prop::sample::select(b"\"[]{},:0x-\xff".to_vec()),
            )),
        ) {
            let mut body = regular(rows).into_bytes();
            if let Some((at, byte)) = damage {
                let at = at.index(body.len());
                body[at] = byte;
            }
            let (whole, arrived) = both(&body, &cuts);
            prop_assert_eq!(arrived, whole);
        }
    }
}
