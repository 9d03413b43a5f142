//! Finds out which kind of rows a file has, and the columns of that kind.

use super::finder::{Finder, PriceField};
use super::names::{self, plain};
use super::sample::Sample;
use super::used_columns::UsedColumns;
use super::wide;
use crate::import::error::ImportError;
use crate::import::options::{CandleTime, ImportOptions, RowKind, VolumeMeaning};

/// A kind of rows with its columns.
pub(super) struct FoundKind {
    pub(super) kind: RowKind,
    pub(super) columns: UsedColumns,
    pub(super) volume: VolumeMeaning,
    pub(super) candle_time: CandleTime,
    pub(super) assumed: Vec<String>,
}

/// Finds kind and columns in the header.
pub(super) fn find(
    finder: &mut Finder<'_>,
    sample: &Sample,
    options: &ImportOptions,
) -> Result<FoundKind, ImportError> {
    let is_end = !finder.states("time") && finder.usual(names::CANDLE_END)?.is_some();
    let times = if is_end { names::CANDLE_END } else { names::TIME };
    let time = finder.column("time", times)?.ok_or_else(|| finder.missing("time"))?;
    let mut found = FoundKind {
        kind: RowKind::Quotes,
        columns: UsedColumns { time, ..UsedColumns::default() },
        volume: options.volume.unwrap_or(VolumeMeaning::Day),
        candle_time: options.candle_time.unwrap_or(CandleTime::End),
        assumed: Vec::new(),
    };
    let market = finder.name("market", names::MARKET)?;
    let ends = is_end || plain(&finder.header()[time]).starts_with("endperiod");
    found.kind = match options.kind {
        Some(kind) => kind,
        None if options.wide => RowKind::Prices,
        None => kind(finder, ends, options)?,
    };
    let is_wide = options.wide || (market.is_none() && !any_price(finder, found.kind)?);
    if is_wide && (options.wide || wide::is_numeric(sample, finder.header(), time, &options.absent)) {
        wide_columns(finder, &mut found);
        return Ok(found);
    }
    columns(finder, &mut found, ends, options)?;
    found.columns.market = Some(match market {
        Some(market) => market,
        None => return Err(finder.missing("market")),
    });
    Ok(found)
}

/// Finds out the kind by the columns that there are.
fn kind(finder: &Finder<'_>, ends: bool, options: &ImportOptions) -> Result<RowKind, ImportError> {
    let has = |names: &[&str]| finder.usual(names).map(|place| place.is_some());
    let candle = (has(&["open"])? && has(&["high"])? && has(&["low"])?) || has(&["yesbidclose", "yesbidclosedollars"])?;
    let stated = |key: &str| finder.states(key);
    if stated("quantity") || stated("taker") {
        return Ok(RowKind::Trades);
    }
    if stated("bid") || stated("ask") {
        return Ok(RowKind::Quotes);
    }
    if ends || candle || options.candle_time.is_some() {
        return Ok(RowKind::Candles);
    }
    if stated("last") {
        return Ok(RowKind::Prices);
    }
    if has(names::BID)? || has(names::ASK)? || has(names::NO_BID)? {
        return Ok(RowKind::Quotes);
    }
    match (has(names::PRICE)?, has(names::QUANTITY)?, has(names::TAKER)?) {
        (true, true, true) => Ok(RowKind::Trades),
        (true, true, false) => Err(ImportError::Unclear {
            path: finder.path(),
            problem:
                "its rows have a price and a quantity: say `--kind trades`, or `--kind prices` if the quantity is none \
                      of a trade"
                    .to_owned(),
        }),
        (true, false, _) => Ok(RowKind::Prices),
        _ if has(names::LAST)? => Ok(RowKind::Prices),
        _ => Ok(RowKind::Quotes),
    }
}

/// Returns true if the file has a price under one of the usual names.
fn any_price(finder: &Finder<'_>, kind: RowKind) -> Result<bool, ImportError> {
    if ["bid", "ask", "last"].iter().any(|key| finder.states(key)) || kind == RowKind::Candles {
        return Ok(true);
    }
    for names in [names::BID, names::ASK, names::NO_BID, names::PRICE, names::LAST] {
        if finder.usual(names)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn wide_columns(finder: &mut Finder<'_>, found: &mut FoundKind) {
    finder.forget("market");
    found.columns.wide = wide::columns(finder.header(), found.columns.time);
    let quotes = found.columns.wide.iter().any(|column| column.prices[2].is_none());
    found.kind = if quotes { RowKind::Quotes } else { RowKind::Prices };
    found.assumed.push(format!("each of {} columns is a market", found.columns.wide.len()));
}

fn columns(
    finder: &mut Finder<'_>,
    found: &mut FoundKind,
    ends: bool,
    options: &ImportOptions,
) -> Result<(), ImportError> {
    match found.kind {
        RowKind::Quotes => {
            let bid = side(finder, "bid", names::BID, names::NO_ASK)?.ok_or_else(|| finder.missing("bid"))?;
            let ask = side(finder, "ask", names::ASK, names::NO_BID)?.ok_or_else(|| finder.missing("ask"))?;
            let last = if finder.is_free() { names::LAST } else { &["last"] };
            found.columns.prices = [Some(bid), Some(ask), finder.price("last", last)?];
            if let Some(side) = [bid, ask].iter().find(|side| side.complement && finder.is_free()) {
                let name = &finder.header()[side.column];
                found.assumed.push(format!("one side is a dollar less `{name}`, an order for NO"));
            }
        }
        RowKind::Prices => found.columns.prices[2] = Some(price(finder)?),
        RowKind::Candles => candle(finder, found, ends, options)?,
        RowKind::Trades => {
            found.columns.prices[2] = Some(price(finder)?);
            let quantity = finder.column("quantity", names::QUANTITY)?;
            found.columns.quantity = Some(quantity.ok_or_else(|| finder.missing("quantity"))?);
            found.columns.taker = finder.column("taker", names::TAKER)?;
        }
    }
    sizes(finder, found, options)?;
    for (fact, key) in found.columns.facts.iter_mut().zip(["event", "series", "category"]) {
        let usual = format!("{key}ticker");
        let names = if key == "category" { vec![key] } else { vec![key, usual.as_str()] };
        *fact = finder.name(key, &names)?;
    }
    Ok(())
}

/// Returns the column of one side; if there is none, that of the other contract's other side.
fn side(
    finder: &mut Finder<'_>,
    key: &str,
    names: &[&str],
    others: &[&str],
) -> Result<Option<PriceField>, ImportError> {
    match finder.price(key, names)? {
        Some(field) => Ok(Some(field)),
        None => finder.complement(key, others),
    }
}

fn price(finder: &mut Finder<'_>) -> Result<PriceField, ImportError> {
    let names: Vec<&str> = names::PRICE.iter().chain(names::LAST).copied().collect();
    finder.price("last", &names)?.ok_or_else(|| finder.missing("last"))
}

fn candle(
    finder: &mut Finder<'_>,
    found: &mut FoundKind,
    ends: bool,
    options: &ImportOptions,
) -> Result<(), ImportError> {
    let bid = finder.price("bid", names::CANDLE_BID)?;
    let ask = finder.price("ask", names::CANDLE_ASK)?;
    let last = finder.price("last", names::CANDLE_LAST)?;
    if last.is_none() && (bid.is_none() || ask.is_none()) {
        return Err(finder.missing("close"));
    }
    found.columns.prices = [bid, ask, last];
    if last.is_some() && !finder.states("last") {
        found.columns.last_before = finder.column("last before", names::CANDLE_BEFORE)?;
    }
    if options.candle_time.is_none() && !ends {
        let time = &finder.header()[found.columns.time];
        return Err(ImportError::Unclear {
            path: finder.path(),
            problem: format!(
                "it has candles, and `{time}` may be their start or their end: say `--candle-time end`, or \
                 `--candle-time start+1m` for candles of a minute"
            ),
        });
    }
    found.assumed.push("a candle is known at its end: bid, ask and price are those at its close".to_owned());
    Ok(())
}

fn sizes(finder: &mut Finder<'_>, found: &mut FoundKind, options: &ImportOptions) -> Result<(), ImportError> {
    let free = finder.is_free();
    let of = |usual: &'static [&'static str], name: &'static [&'static str]| if free { usual } else { name };
    let bid_size = finder.column("bid_size", of(names::BID_SIZE, &["bidsize"]))?;
    let ask_size = finder.column("ask_size", of(names::ASK_SIZE, &["asksize"]))?;
    found.columns.sizes = [bid_size, ask_size, None];
    if found.kind == RowKind::Trades {
        return Ok(());
    }
    let mut volume = finder.column("volume", of(names::VOLUME_DAY, &["volume"]))?;
    let name = volume.map(|place| finder.header()[place].clone());
    if found.kind == RowKind::Candles {
        found.volume = options.volume.unwrap_or(VolumeMeaning::Row);
    } else if volume.is_none() && free {
        volume = finder.column("volume", names::VOLUME_TOTAL)?;
        found.volume = options.volume.unwrap_or(if volume.is_some() { VolumeMeaning::Total } else { found.volume });
    } else if let (Some(name), None) = (&name, options.volume)
        && !plain(name).contains("24h")
    {
        found.assumed.push(format!(
            "`{name}` is the volume of the last 24 hours; `--volume total` takes it as that since the market opened"
        ));
    }
    found.columns.sizes[2] = volume;
    Ok(())
}
