//! Local times as points in time, over the hours that clocks are set back or forward.

use std::collections::HashMap;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use host_core::{MarketId, Timestamp};

use super::civil::SECOND_NS;
use super::parse::Moment;
use crate::zone::Zone;

const HOUR_NS: i64 = 3_600 * SECOND_NS;
/// Two times of a market that stand this far apart against the order of the file are of two passes of one hour: less
/// may be a row that came late.
const CLEAR_STEP_NS: i64 = 60 * SECOND_NS;
/// A market whose rows are at least this far apart has no two of one time.
const LONG_STRIDE_NS: i64 = HOUR_NS / 2;
/// Rows out of order make a time that occurs twice unclear if they are this near to it.
const NEAR_NS: i64 = 3 * HOUR_NS;
/// Clocks are set at multiples of this: within one, all local times have the same offset.
const BLOCK_NS: i64 = 900 * SECOND_NS;

/// The order of the rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::import) enum Direction {
    #[default]
    OldestFirst,
    NewestFirst,
}

/// The clock of one file; each market has a pass of its own over an hour that occurs twice.
///
/// Such a time is of the pass that keeps the order of its market: in a file that has the oldest row first, of the
/// first pass until a time is before that of the market's row above, then of the second. A local time that does not
/// occur is converted with the offset from before the change.
#[derive(Debug)]
pub(in crate::import) struct FileClock {
    zone: Tz,
    direction: Direction,
    markets: HashMap<MarketId, MarketClock>,
    block: Option<(i64, i64)>,
    /// Number of local times that occur twice.
    pub(in crate::import) ambiguous: u64,
    /// Number of local times that do not occur.
    pub(in crate::import) nonexistent: u64,
}

#[derive(Clone, Copy, Debug)]
struct MarketClock {
    previous: i64,
    /// Time from the row before the last to the last, in the order of the file.
    stride: i64,
    /// Time of the last row that goes against the order of the file.
    late: Option<i64>,
    /// The last time that occurs twice.
    twice: Option<i64>,
    /// Number of such times.
    twice_rows: u64,
    /// A row shows where one pass ends and the other begins.
    both_passes: bool,
}

impl FileClock {
    pub(in crate::import) fn new(zone: Zone, direction: Direction) -> FileClock {
        let zone = zone.tz();
        FileClock { zone, direction, markets: HashMap::new(), block: None, ambiguous: 0, nonexistent: 0 }
    }

    /// Returns the point in time of a row of `market`; rows come in the order of the file.
    ///
    /// # Errors
    /// It cannot be told in which pass of an hour that occurs twice the row is.
    pub(in crate::import) fn time(&mut self, moment: Moment, market: MarketId) -> Result<Timestamp, String> {
        match moment {
            Moment::Utc(nanos) => Ok(Timestamp(nanos)),
            Moment::Local(nanos) if self.zone == Tz::UTC => Ok(Timestamp(nanos)),
            Moment::Local(nanos) => self.local(nanos, market).map(Timestamp),
        }
    }

    /// Returns the number of times that occur twice in markets whose rows do not show both passes: they are taken as of
    /// the first one that the file's order comes to.
    pub(in crate::import) fn of_one_pass(&self) -> u64 {
        self.markets.values().filter(|clock| !clock.both_passes).map(|clock| clock.twice_rows).sum()
    }

    fn local(&mut self, nanos: i64, market: MarketId) -> Result<i64, String> {
        let (first, second) = self.passes(nanos)?;
        let previous = self.markets.get(&market).copied();
        let is_twice = first != second;
        self.ambiguous += u64::from(is_twice);
        let mut clock = previous.unwrap_or(MarketClock {
            previous: first,
            stride: 0,
            late: None,
            twice: None,
            twice_rows: 0,
            both_passes: false,
        });
        // The pass that is expected until the order tells otherwise, and the one after it.
        let (early, late, sign) = match self.direction {
            Direction::OldestFirst => (first, second, 1),
            Direction::NewestFirst => (second, first, -1),
        };
        let step = |to: i64| previous.map_or(0, |previous| (to - previous.previous) * sign);
        // Rows of one time are of one pass, unless the market has a row an hour.
        let again = step(early) == 0 && clock.stride >= LONG_STRIDE_NS;
        let time = if !is_twice || (step(early) >= 0 && !again) { early } else { late };
        if is_twice && time == late && step(early) < 0 && step(early) > -CLEAR_STEP_NS {
            return Err(unclear(nanos));
        }
        if step(time) < 0 {
            clock.late = Some(time);
        }
        if is_twice {
            clock.twice = Some(time);
            clock.twice_rows += 1;
            clock.both_passes |= time == late;
        }
        if step(time) > 0 {
            clock.stride = step(time);
        }
        clock.previous = time;
        self.markets.insert(market, clock);
        match (clock.late, clock.twice) {
            (Some(late), Some(twice)) if (late - twice).abs() < NEAR_NS => Err(unclear(nanos)),
            _ => Ok(time),
        }
    }

    /// Returns the points in time at which the clock shows `nanos`: twice the same, but for an hour that occurs twice.
    fn passes(&mut self, nanos: i64) -> Result<(i64, i64), String> {
        let block = nanos.div_euclid(BLOCK_NS);
        if let Some((known, offset)) = self.block
            && known == block
        {
            return Ok((nanos - offset, nanos - offset));
        }
        let invalid = || "its time is out of range".to_owned();
        let local = DateTime::from_timestamp_nanos(nanos).naive_utc();
        let utc = |time: NaiveDateTime| time.and_utc().timestamp_nanos_opt().ok_or_else(invalid);
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(time) => {
                let time = utc(time.naive_utc())?;
                self.block = Some((block, nanos - time));
                Ok((time, time))
            }
            LocalResult::Ambiguous(first, second) => Ok((utc(first.naive_utc())?, utc(second.naive_utc())?)),
            LocalResult::None => {
                self.nonexistent += 1;
                let earlier = local - TimeDelta::nanoseconds(3 * HOUR_NS);
                let of_earlier = self.zone.from_local_datetime(&earlier).earliest().ok_or_else(invalid)?.naive_utc();
                let time = utc(local - (earlier - of_earlier))?;
                Ok((time, time))
            }
        }
    }
}

fn unclear(nanos: i64) -> String {
    let local = DateTime::from_timestamp_nanos(nanos).naive_utc().format("%Y-%m-%d %H:%M:%S");
    format!(
        "the clock shows {local} twice that night or near it, and the rows of its market are not in the order of time, \
         which would tell the first pass from the second: sort the file, or write times with their offset"
    )
}
