//! The names that venues and recorders give to columns, in lower case and without separators; the first is preferred.

pub(super) const TIME: &[&str] = &[
    "time",
    "timestamp",
    "ts",
    "t",
    "datetime",
    "date",
    "recordedat",
    "createdtime",
    "createdat",
    "timeutc",
    "timestamputc",
    "datetimeutc",
    "timestampms",
    "tsms",
    "timems",
    "unixtime",
    "epoch",
    "snapshottime",
    "snapshotat",
    "polledat",
    "fetchedat",
    "observedat",
    "receivedat",
    "collectedat",
    "capturedat",
    "localtimestamp",
    "matchtime",
];
pub(super) const CANDLE_END: &[&str] = &["endperiodts", "endperiodtime", "periodend", "endtime", "endts"];
pub(super) const MARKET: &[&str] = &[
    "market",
    "ticker",
    "marketticker",
    "contract",
    "contractname",
    "symbol",
    "slug",
    "marketslug",
    "marketname",
    "instrument",
    "marketid",
    "contractid",
    "conditionid",
    "tokenid",
    "assetid",
    "asset",
    "runner",
    "selection",
];
pub(super) const BID: &[&str] = &[
    "bid",
    "yesbiddollars",
    "yesbid",
    "bestyesbid",
    "bestbid",
    "bidprice",
    "bestbidprice",
    "yesbidprice",
    "bestyesbidprice",
    "bestyesbiddollars",
];
pub(super) const ASK: &[&str] = &[
    "ask",
    "yesaskdollars",
    "yesask",
    "bestyesask",
    "bestask",
    "askprice",
    "bestaskprice",
    "yesaskprice",
    "impliedyesask",
    "bestyesaskprice",
    "bestyesaskdollars",
    "offer",
    "bestoffer",
    "offerprice",
];
pub(super) const NO_BID: &[&str] = &["nobiddollars", "nobid", "bestnobid", "nobidprice", "bestnobidprice"];
pub(super) const NO_ASK: &[&str] =
    &["noaskdollars", "noask", "bestnoask", "noaskprice", "bestnoaskprice", "impliednoask"];
pub(super) const CANDLE_BID: &[&str] = &["yesbidclosedollars", "yesbidclose", "bidclose"];
pub(super) const CANDLE_ASK: &[&str] = &["yesaskclosedollars", "yesaskclose", "askclose"];
pub(super) const CANDLE_LAST: &[&str] = &["priceclosedollars", "priceclose", "close", "closeprice", "c"];
pub(super) const CANDLE_BEFORE: &[&str] = &["pricepreviousdollars", "priceprevious"];
pub(super) const BID_SIZE: &[&str] =
    &["bidsize", "bestbidsize", "yesbidsize", "yesbidsizefp", "bidqty", "bidquantity", "bestyesbidsize"];
pub(super) const ASK_SIZE: &[&str] =
    &["asksize", "bestasksize", "yesasksize", "yesasksizefp", "askqty", "askquantity", "bestyesasksize"];
pub(super) const LAST: &[&str] = &["last", "lastprice", "lastpricedollars", "lasttradeprice"];
pub(super) const PRICE: &[&str] = &[
    "price",
    "p",
    "yespricedollars",
    "yesprice",
    "close",
    "closeprice",
    "mid",
    "midprice",
    "midpoint",
    "probability",
    "prob",
    "impliedprobability",
    "odds",
    "decimalodds",
];
pub(super) const VOLUME_DAY: &[&str] =
    &["volume", "volume24h", "volume24hr", "volume24hfp", "volumefp", "dayvolume", "dailyvolume"];
pub(super) const VOLUME_TOTAL: &[&str] =
    &["totalvolume", "volumetotal", "cumulativevolume", "cumvolume", "lifetimevolume"];
pub(super) const QUANTITY: &[&str] =
    &["quantity", "qty", "countfp", "count", "contracts", "size", "amount", "shares", "tradesize"];
pub(super) const TAKER: &[&str] = &["takerside", "taker", "takeroutcomeside", "side", "aggressor", "takerdirection"];

/// Returns `name` in lower case, with its letters and digits only.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
