//! A small tape: random walks with narrow, wide, one-sided, empty and crossed books, jumps, gaps, sizes, trades,
//! closes and settlements, and in the column `volume` what strategies are told.

use std::fmt::Write as _;

use super::draws::Draws;
use super::grid::{Grid, up};
use super::settings::decimal;
use super::words::{CONTRACT, DOLLAR, Market, Row, SECOND};

/// Time of the first poll: an hour before midnight of 2026-01-05, so that days change.
const START: i128 = 1_767_571_200 * SECOND - 3_600 * SECOND;
/// Time from poll to poll.
pub const POLL: i128 = 30 * SECOND;

pub struct Tape {
    pub markets: Vec<Market>,
    /// By time, then by market.
    pub rows: Vec<Row>,
    /// Time from poll to poll; none if each row is shown as it comes.
    pub poll: Option<i128>,
    /// Time of the last row of each market, on the whole tape.
    last_rows: Vec<i128>,
}

/// The state of one market's walk, in ticks.
struct Walk {
    mid: i128,
    spread: i128,
    /// Polls for which a side is missing: the bid, the ask.
    missing: [i128; 2],
    first: i128,
    last: i128,
}

impl Tape {
    /// Draws a tape of `polls` polls, whose rows tell strategies on `channels` channels what to do.
    pub fn draw(draws: &mut Draws, markets: usize, polls: i128, channels: i128, poll: Option<i128>) -> Tape {
        let markets: Vec<Market> = (0..markets).map(|at| market(draws, at, polls)).collect();
        let walks = markets.iter().map(|market| Walk::draw(draws, market, polls));
        let mut walks: Vec<Walk> = walks.collect();
        let (mut rows, between) = (Vec::new(), poll.is_some());
        for number in 0..polls {
            for (at, walk) in walks.iter_mut().enumerate() {
                let late = if between { SECOND * draws.between(0, 29) } else { 0 };
                let time = START + number * POLL + late;
                let closed = markets[at].closes.is_some_and(|closes| closes <= time);
                if number < walk.first || number > walk.last || closed || draws.chance(3) {
                    continue;
                }
                let row = walk.row(draws, markets[at].grid, time, at);
                rows.push(Row { volume: told(draws, channels), ..row });
            }
        }
        rows.sort_by_key(|row| (row.time, row.market));
        let last = |market: usize| rows.iter().rev().find(|row| row.market == market).map_or(0, |row| row.time);
        Tape { last_rows: (0..markets.len()).map(last).collect(), markets, rows, poll }
    }

    /// Returns the rows before `end`.
    pub fn until(&self, end: i128) -> Tape {
        let mut markets = self.markets.clone();
        for market in &mut markets {
            market.settles = market.settles.filter(|(time, _)| *time < end);
        }
        let rows = self.rows.iter().filter(|row| row.time < end).copied().collect();
        Tape { markets, rows, poll: self.poll, last_rows: self.last_rows.clone() }
    }

    /// Returns what strategies are shown, poll by poll: the rows as they come; or, at multiples of the interval, the
    /// latest row of every open market, stamped with the poll's time.
    pub fn polls(&self) -> Vec<Vec<Row>> {
        let Some(interval) = self.poll else {
            return self.rows.chunk_by(|one, other| one.time == other.time).map(<[Row]>::to_vec).collect();
        };
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return Vec::new() };
        let times = (up(first.time, interval)..=last.time).step_by(interval as usize);
        let latest = |time: i128, market: usize| {
            let closes = self.markets[market].closes.unwrap_or(self.last_rows[market] + 1);
            let row = self.rows.iter().rev().find(|row| row.market == market && row.time <= time);
            row.filter(|_| time < closes).map(|row| Row { time, ..*row })
        };
        let poll = |time: i128| (0..self.markets.len()).filter_map(|market| latest(time, market)).collect();
        times.map(poll).filter(|poll: &Vec<Row>| !poll.is_empty()).collect()
    }

    /// Returns the rows as CSV, in dollars and contracts.
    pub fn csv(&self) -> String {
        let mut text = "time,market,bid,ask,bid_size,ask_size,last,volume\n".to_owned();
        for row in &self.rows {
            let price = |price: Option<i128>| price.map(|price| decimal(price, DOLLAR)).unwrap_or_default();
            let size = |size: Option<i128>| size.map(|size| decimal(size, CONTRACT)).unwrap_or_default();
            let ticker = &self.markets[row.market].ticker;
            let (seconds, bid, ask, last) = (row.time / SECOND, price(row.bid), price(row.ask), price(row.last));
            let (bid_size, ask_size, volume) = (size(row.bid_size), size(row.ask_size), size(row.volume));
            let _ = writeln!(text, "{seconds},{ticker},{bid},{ask},{bid_size},{ask_size},{last},{volume}");
        }
        text
    }

    /// Returns the facts about the markets as CSV.
    pub fn facts(&self) -> String {
        let mut text = "ticker,event,category,tick,price_structure,close_time,settle_time,result\n".to_owned();
        for market in &self.markets {
            let seconds = |time: Option<i128>| time.map(|time| (time / SECOND).to_string()).unwrap_or_default();
            let result = market.settles.map(|(_, payout)| if payout > 0 { "yes" } else { "no" }).unwrap_or_default();
            let (closes, settles) = (seconds(market.closes), seconds(market.settles.map(|(time, _)| time)));
            let (ticker, event, category) = (&market.ticker, &market.event, &market.category);
            let steps = match market.grid {
                Grid::Every(step) => format!("{},", decimal(step, DOLLAR)),
                Grid::Tapered => ",tapered_deci_cent".to_owned(),
            };
            let _ = writeln!(text, "{ticker},{event},{category},{steps},{closes},{settles},{result}");
        }
        text
    }
}

fn market(draws: &mut Draws, at: usize, polls: i128) -> Market {
    let closes =
        draws.chance(60).then(|| START + POLL * draws.between(polls / 3, polls) + SECOND * draws.between(0, 29));
    let payout = if draws.chance(50) { DOLLAR } else { 0 };
    let settles = closes.filter(|_| draws.chance(70)).map(|time| (time + POLL * draws.between(0, 20), payout));
    let event = at / 3;
    Market {
        ticker: format!("E{event}-M{at}"),
        event: format!("E{event}"),
        category: format!("C{}", event / 2),
        grid: draws.pick(&[Grid::Every(100), Grid::Every(100), Grid::Every(50), Grid::Every(10), Grid::Tapered]),
        closes,
        settles,
    }
}

/// Returns the smallest step of a grid.
fn unit(grid: Grid) -> i128 {
    match grid {
        Grid::Every(step) => step,
        Grid::Tapered => 10,
    }
}

impl Walk {
    fn draw(draws: &mut Draws, market: &Market, polls: i128) -> Walk {
        let ticks = DOLLAR / unit(market.grid);
        let first = if draws.chance(70) { 0 } else { draws.between(0, polls / 4) };
        // A market without a close ends with its last row.
        let last = if draws.chance(80) { polls } else { draws.between(polls / 2, polls) };
        Walk { mid: draws.between(ticks / 10, ticks * 9 / 10), spread: 1, missing: [0, 0], first, last }
    }

    /// Takes a step and returns the row that shows it.
    fn row(&mut self, draws: &mut Draws, grid: Grid, time: i128, market: usize) -> Row {
        let (tick, ticks) = (unit(grid), DOLLAR / unit(grid));
        let step = if draws.chance(2) { draws.between(-25, 25) * 100 / tick } else { draws.between(-2, 2) };
        self.mid = (self.mid + step).clamp(1, ticks - 2);
        if draws.chance(25) {
            self.spread = draws.pick(&[1, 1, 1, 2, 3, 5, 12, 30]) * draws.pick(&[1, 1, 100 / tick]);
        }
        for side in 0..2 {
            self.missing[side] = if draws.chance(2) { draws.between(1, 8) } else { (self.missing[side] - 1).max(0) };
        }
        let crossed = draws.chance(1);
        let (low, high) = (self.mid - self.spread / 2, self.mid - self.spread / 2 + self.spread);
        let (bid, ask) = if crossed { (high, low) } else { (low, high) };
        // Rarely a price lies between two ticks. One at 0 or 1 is no price.
        let price = |draws: &mut Draws, at: i128| {
            let off = if draws.chance(1) { tick / 2 } else { 0 };
            Some(grid.down(at * tick) + off).filter(|&price| 0 < price && price < DOLLAR)
        };
        let (bid, ask) = (price(draws, bid), price(draws, ask));
        let size = |draws: &mut Draws| draws.chance(90).then(|| CONTRACT * draws.between(0, 40));
        let last = draws.chance(60).then(|| (self.mid + draws.between(-2, 2)) * tick);
        Row {
            time,
            market,
            bid: bid.filter(|_| self.missing[0] == 0),
            ask: ask.filter(|_| self.missing[1] == 0),
            bid_size: size(draws),
            ask_size: size(draws),
            last: last.filter(|&price| 0 < price && price < DOLLAR),
            volume: None,
        }
    }
}

/// Draws what a row says: see `tests/support/sources/scripted.rs`.
fn told(draws: &mut Draws, channels: i128) -> Option<i128> {
    let channel = draws.between(1, channels) * 1_000_000;
    let confidence = draws.between(0, 999);
    let told = match draws.between(1, 100) {
        1..=3 => return None,
        4..=14 => channel + 1_000 + confidence,
        15..=25 => channel + 2_000 + confidence,
        26..=32 => channel + 3_000,
        _ => channel,
    };
    Some(told * CONTRACT)
}
