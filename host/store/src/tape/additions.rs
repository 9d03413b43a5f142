//! A tape that grows: `additions.jsonl`, one line of JSON for each time that something was added.
//!
//! A line never changes. What it says of a market or a result replaces what lines before it say. A line without its
//! end is being written, or was when its writer was killed: it does not count.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use host_core::{Market, MarketId, Settlement, Timestamp};
use host_system::capped;
use serde::{Deserialize, Serialize};

use super::error::TapeError;
use super::meta::{FORMER, TapeMeta, TapeSource};
use super::tally::Tally;

pub(crate) const ADDITIONS_FILE: &str = "additions.jsonl";

/// A line: what was added at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Addition {
    /// Description of the rows and results that were added, and of nothing before.
    pub(crate) tape: TapeMeta,
    /// Markets that are new or have changed.
    pub(crate) markets: Vec<Market>,
    /// Time of the last trade that was added, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_trade: Option<Timestamp>,
}

impl Addition {
    /// Returns an addition of nothing.
    pub(crate) fn empty(source: TapeSource) -> Addition {
        Addition { tape: TapeMeta::empty(source), markets: Vec::new(), last_trade: None }
    }

    /// Returns the line, with its end.
    pub(crate) fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Reads additions one by one.
pub(crate) struct Additions {
    path: PathBuf,
    file: BufReader<File>,
    /// Length of the lines that were read, in bytes.
    pub(crate) at: u64,
    line: Vec<u8>,
}

impl Additions {
    /// Opens those of the tape in `folder` that stand behind the first `at` bytes.
    pub(crate) fn open(folder: &Path, at: u64) -> Result<Additions, TapeError> {
        let path = folder.join(ADDITIONS_FILE);
        let opened = capped::open(&path).and_then(|mut file| file.seek(SeekFrom::Start(at)).map(|_| file));
        match opened {
            Ok(file) => Ok(Additions { file: BufReader::new(file), path, at, line: Vec::new() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let reason = "it is missing: the days of this tape are listed there; restore it".into();
                Err(TapeError::BadDescription { path, reason })
            }
            Err(error) => Err(TapeError::io("open", &path)(error)),
        }
    }

    /// Returns the next addition; `None` behind the last one.
    pub(crate) fn next(&mut self) -> Result<Option<Addition>, TapeError> {
        self.line.clear();
        let mut capped = (&mut self.file).take(capped::RESULTS);
        capped.read_until(b'\n', &mut self.line).map_err(TapeError::io("read", &self.path))?;
        if self.line.last() != Some(&b'\n') {
            return match self.line.len() as u64 == capped::RESULTS {
                true => Err(self.bad(format!("the line at byte {} has more than {} bytes", self.at, capped::RESULTS))),
                false => Ok(None),
            };
        }
        let addition = serde_json::from_slice(&self.line);
        let addition = addition.map_err(|error| self.bad(format!("the line at byte {}: {error}", self.at)))?;
        self.at += self.line.len() as u64;
        Ok(Some(addition))
    }

    fn bad(&self, reason: String) -> TapeError {
        TapeError::BadDescription { path: self.path.clone(), reason }
    }
}

/// Returns description and markets of the tape in `folder` with all that was added to it. `base` has no rows.
pub(super) fn with_additions(folder: &Path, base: TapeMeta) -> Result<(TapeMeta, Vec<Market>), TapeError> {
    let mut additions = Additions::open(folder, 0)?;
    let (mut tally, mut meta, mut markets) = (Tally::new(), base, Vec::<Market>::new());
    let mut settlements: BTreeMap<MarketId, Settlement> = BTreeMap::new();
    while let Some(Addition { tape, markets: listed, .. }) = additions.next()? {
        tally.add(&tape);
        for market in listed {
            let next = markets.len();
            match markets.get_mut(market.id.index()) {
                Some(known) if known.ticker == market.ticker => *known = market,
                Some(known) => {
                    let (id, one, other) = (market.id.0, &known.ticker, &market.ticker);
                    return Err(additions.bad(format!("market {id} is `{one}`, and later `{other}`")));
                }
                None if market.id.index() == next => markets.push(market),
                None => return Err(additions.bad(format!("market {} is listed before others", market.id.0))),
            }
        }
        settlements.extend(tape.settlements.iter().map(|settlement| (settlement.market, *settlement)));
        (meta.source, meta.poll) = (tape.source, tape.poll);
        meta.days.extend(tape.days);
        meta.trade_days.extend(tape.trade_days);
    }
    // As in any release, so that the digest of what is recorded stays the same.
    meta.format = FORMER;
    meta.settlements = settlements.into_values().collect();
    meta.settlements.sort_by_key(|settlement| settlement.time);
    Ok((tally.describe(meta), markets))
}
