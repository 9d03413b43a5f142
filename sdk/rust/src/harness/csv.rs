//! Reads a [`Tape`] from CSV text.

use std::collections::BTreeMap;

use super::tape::Tape;
use crate::market::Market;
use crate::quotes::Row;
use crate::time::{Duration, SECOND, Timestamp};

const COLUMNS: [&str; 8] = ["market", "time", "bid", "ask", "bid_size", "ask_size", "last", "volume"];

impl Tape {
    /// Reads comma-separated rows below a header line with the contract's column names, in any order. `market` (a
    /// ticker) and `time` are required; a value in another column is absent if the column is missing or the cell is
    /// empty. `time` is a whole number of nanoseconds since the epoch, or seconds with a decimal point. Markets are
    /// listed in order of appearance, with their ticker and a tick of one cent: set the rest through
    /// [`Tape::markets_mut`].
    ///
    /// ```
    /// use strategy_sdk::{harness::Tape, time::SECOND};
    ///
    /// let tape = Tape::from_csv("time,market,bid,ask\n0.0,A,0.42,0.44\n30.0,A,,0.45\n", 30 * SECOND)?;
    /// assert_eq!(tape.len(), 2);
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// A message that names the line and the problem.
    pub fn from_csv(text: &str, poll_interval: Duration) -> Result<Tape, String> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, header) = lines.next().ok_or("the CSV text is empty: it needs a header line")?;
        let names: Vec<&str> = header.split(',').map(str::trim).collect();
        if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(name)) {
            return Err(format!("there is no column `{unknown}`: known are {}", COLUMNS.join(", ")));
        }
        let mut tape = Tape::new(poll_interval);
        let mut ids = BTreeMap::new();
        for (number, line) in lines {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            let row = (cells.len() == names.len())
                .then_some(())
                .ok_or_else(|| format!("has {} cells where the header has {}", cells.len(), names.len()))
                .and_then(|()| {
                    let cell = |name| names.iter().position(|known| *known == name).map_or("", |at| cells[at]);
                    let ticker = cell("market");
                    let id = *ids.entry(ticker.to_owned()).or_insert_with(|| {
                        tape.list(Market { ticker: ticker.into(), tick: 0.01, ..Market::default() })
                    });
                    row(id, cell)
                })
                .map_err(|problem| format!("line {}: {problem}", number + 1))?;
            tape.push(row);
        }
        tape.validate().map(|()| tape)
    }
}

fn row<'a>(market: u32, cell: impl Fn(&'static str) -> &'a str) -> Result<Row, String> {
    let figure = |name| match cell(name) {
        "" => Ok(f64::NAN),
        text => text.parse().map_err(|_| format!("`{name}` is `{text}`, not a number")),
    };
    Ok(Row {
        index: 0,
        market,
        time: time(cell("time"))?,
        bid: figure("bid")?,
        ask: figure("ask")?,
        bid_size: figure("bid_size")?,
        ask_size: figure("ask_size")?,
        last: figure("last")?,
        volume: figure("volume")?,
    })
}

fn time(text: &str) -> Result<Timestamp, String> {
    let wrong = |_| format!("`time` is `{text}`, neither whole nanoseconds nor decimal seconds");
    if !text.contains('.') {
        return text.parse().map_err(|_| wrong(()));
    }
    let seconds: f64 = text.parse().map_err(|_| wrong(()))?;
    Ok((seconds * SECOND as f64).round() as Timestamp)
}
