//! Converts what hosts of version 2 wrote: money in 1/1,000,000 dollar and quantities in 1/100 contract become
//! 1/10,000,000,000 dollar and 1/1,000,000 contract, and a fill gets its cost. Both units became finer by the same
//! factor, so each figure is multiplied, and none is rounded.
//!
//! Texts stay as they are: verdicts, reasons, reports and limits are decimals, which need no units.

use host_core::{Record, VenueEvent};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::JournalError;
use super::reader::Journal;

/// The number of present units in a former one.
pub(crate) const FACTOR: i64 = 10_000;

/// The version of a session's start in journals of version 2, and the version that its conversion has.
const START: (&str, &str) = ("2.1", "3.2");

/// The figures of an engine's state: keys and places in lists, `*` for all of a list.
const STATE: [&str; 23] = [
    "portfolio.start",
    "portfolio.cash",
    "portfolio.realised",
    "portfolio.fees",
    "portfolio.realised_by_market.*.1",
    "portfolio.realised_by_slot.*",
    "portfolio.positions.*.2.qty",
    "portfolio.positions.*.2.cost",
    "portfolio.positions.*.2.trip.largest",
    "portfolio.positions.*.2.trip.entered.*",
    "portfolio.positions.*.2.trip.left.*",
    "portfolio.positions.*.2.trip.fees",
    "portfolio.positions.*.2.trip.gross",
    "portfolio.drawdown.peak",
    "portfolio.drawdown.max",
    "portfolio.drawdown.max_peak",
    "at_risk.*.2",
    "orders.*.order.qty",
    "orders.*.filled",
    "risk.guard.equity.day_start",
    "risk.guard.equity.peak",
    "risk.guard.equity.last",
    "risk.recent.entries.*.1.4",
];

/// Converts an engine's state.
///
/// # Errors
/// A figure is too large for the units of this host.
pub(crate) fn state(body: &mut Value) -> Result<(), String> {
    scale_all(body, &STATE)
}

/// Converts the start of a session that `engine_version` decided.
///
/// # Errors
/// As [`state`].
pub(super) fn start(body: &mut Value, engine_version: &str) -> Result<(), String> {
    scale(body, "from.fresh.capital")?;
    if let Some(snapshot) = body.pointer_mut("/from/restored/snapshot") {
        state(snapshot)?;
    }
    if let Some(start) = body.as_object_mut() {
        start.insert("engine_version".to_owned(), engine_version.into());
        if start.get("version").and_then(Value::as_str) == Some(START.0) {
            start.insert("version".to_owned(), START.1.into());
        }
    }
    Ok(())
}

/// Converts a venue's event.
///
/// # Errors
/// As [`state`].
pub(super) fn venue(body: &mut Value) -> Result<(), String> {
    match body["venue"] == "filled" {
        true => fill(body),
        false => Ok(()),
    }
}

/// Converts a fill and gives it its cost: in the units of version 2 exactly its price times its quantity.
///
/// # Errors
/// As [`state`].
fn fill(body: &mut Value) -> Result<(), String> {
    scale_all(body, &["qty", "fee"])?;
    let (Some(price), Some(qty)) = (body["price"].as_i64(), body["qty"].as_i64()) else { return Ok(()) };
    let cost = price.checked_mul(qty).ok_or_else(|| too_large("cost", qty))?;
    if let Some(fill) = body.as_object_mut() {
        fill.insert("cost".to_owned(), cost.into());
    }
    Ok(())
}

/// Converts a record.
///
/// # Errors
/// As [`state`].
pub(super) fn record(body: &mut Value) -> Result<(), String> {
    match body["kind"].as_str() {
        Some("placed") => scale(body, "order.qty"),
        Some("refused") => scale(body, "qty"),
        Some("done") => scale(body, "filled"),
        Some("filled") => {
            scale(body, "position")?;
            body.get_mut("fill").map_or(Ok(()), fill)
        }
        Some("trade") => scale_all(body, &["qty", "fees", "net"]),
        Some("day_close") => scale_all(body, &["equity", "realised", "max_drawdown", "max_drawdown_peak"]),
        _ => Ok(()),
    }
}

/// Converts the part of an account that is not the host's: cash, and contracts by ticker.
///
/// # Errors
/// As [`state`].
pub(crate) fn baseline(body: &mut Value) -> Result<(), String> {
    scale_all(body, &["cash", "positions.*"])
}

/// Beginnings of the JSON of frequent records.
const SIGNAL: &str = r#"{"kind":"signal","#;
const REFUSED: &str = r#"{"kind":"refused","#;

impl Journal {
    /// Reads record number `seq`.
    pub(super) fn record(&self, seq: i64, body: &str) -> Result<Record, JournalError> {
        if seq <= self.former.records_to {
            return self.converted(body, &format!("record {seq}"), record);
        }
        // Most records are signals and refusals. To read them as such is several times faster than by their tag.
        let read = if body.starts_with(SIGNAL) {
            serde_json::from_str(body).map(Record::Signal)
        } else if body.starts_with(REFUSED) {
            serde_json::from_str(body).map(Record::Refused)
        } else {
            serde_json::from_str(body)
        };
        read.map_err(|error| self.damaged(format!("record {seq} cannot be read: {error}")))
    }

    /// Reads event number `seq`, a venue's.
    pub(super) fn venue_event(&self, seq: i64, body: &str) -> Result<VenueEvent, JournalError> {
        let what = format!("event {seq}");
        if seq > self.former.events_to { self.parse(body, &what) } else { self.converted(body, &what, venue) }
    }

    /// Reads event number `seq`, the start of a session.
    pub(super) fn start(&self, seq: i64, body: &str) -> Result<Value, JournalError> {
        let what = format!("event {seq}");
        if seq > self.former.events_to {
            return self.parse(body, &what);
        }
        // All sessions of a former host are older than those of this one, so the first is one of them.
        let of_account = "SELECT 1 FROM sqlite_schema WHERE name = 'sessions'";
        let of_account = self.connection.prepare(of_account).and_then(|mut select| select.exists([]));
        let sql = match of_account.map_err(JournalError::from_sqlite(&self.path))? {
            true => "SELECT engine_version FROM sessions ORDER BY number LIMIT 1",
            false => "SELECT engine_version FROM run",
        };
        let engine_version: String = self.one(sql, |row| self.get(row, 0))?;
        self.converted(body, &what, |body| start(body, &engine_version))
    }

    fn converted<T: DeserializeOwned>(
        &self,
        body: &str,
        what: &str,
        convert: impl FnOnce(&mut Value) -> Result<(), String>,
    ) -> Result<T, JournalError> {
        let mut value: Value = self.parse(body, what)?;
        convert(&mut value).map_err(|reason| self.damaged(format!("{what}: {reason}")))?;
        serde_json::from_value(value).map_err(|error| self.damaged(format!("{what} cannot be read: {error}")))
    }
}

fn scale_all(body: &mut Value, paths: &[&str]) -> Result<(), String> {
    paths.iter().try_for_each(|path| scale(body, path))
}

/// Multiplies every number at `path`. What is not there, or is no number, stays as it is: reading tells what is wrong.
fn scale(value: &mut Value, path: &str) -> Result<(), String> {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Value::Array(items) if key == "*" => items.iter_mut().try_for_each(|item| scale_here(item, rest, path)),
        Value::Object(items) if key == "*" => items.values_mut().try_for_each(|item| scale_here(item, rest, path)),
        Value::Array(items) => {
            let item = key.parse().ok().and_then(|place: usize| items.get_mut(place));
            item.map_or(Ok(()), |item| scale_here(item, rest, path))
        }
        Value::Object(items) => items.get_mut(key).map_or(Ok(()), |item| scale_here(item, rest, path)),
        _ => Ok(()),
    }
}

fn scale_here(value: &mut Value, rest: &str, path: &str) -> Result<(), String> {
    if !rest.is_empty() {
        return scale(value, rest);
    }
    if let Some(former) = value.as_i64() {
        *value = former.checked_mul(FACTOR).ok_or_else(|| too_large(path, former))?.into();
    }
    Ok(())
}

fn too_large(path: &str, figure: i64) -> String {
    format!("its `{path}` of {figure} is too large for the units of this host")
}
