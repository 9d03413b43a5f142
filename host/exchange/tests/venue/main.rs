//! The matching core, through its public API.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod estimated;
mod groups;
mod life;
mod lists;
mod mirror;
mod model;
mod money;
mod orders;
mod properties;
mod queue;

use host_core::fees::FeeModel;
use host_core::{MarketId, Price, Qty, Side, Span, Timestamp, Usd};
use host_exchange::venue::{
    AccountId, Change, Listing, MemberId, NewOrder, Placed, PriceStructure, Series, TimeInForce, Update, Venue,
    VenueError, VenueSettings,
};
use host_testkit::exchange::{event, series};

const START: Timestamp = Timestamp(1_764_547_200_000_000_000);

/// Returns the time `n` seconds after the start.
fn at(n: i64) -> Timestamp {
    START + Span::seconds(n)
}

/// An exchange with two markets, `CENT` and `TAPER`, and members with 1,000 dollars each.
struct Exchange {
    venue: Venue,
    now: Timestamp,
}

const CENT: MarketId = MarketId(0);
const TAPER: MarketId = MarketId(1);
const ANN: MemberId = MemberId(2);
const BOB: MemberId = MemberId(3);
const EVE: MemberId = MemberId(4);

impl Exchange {
    fn new(fees: FeeModel) -> Exchange {
        let mut venue = Venue::new(VenueSettings { seed: 7, ..VenueSettings::default() }, START);
        venue.add_series(Series { fees, ..series("S") });
        venue.add_event(event("E", "S"));
        for (ticker, structure) in [("CENT", PriceStructure::LinearCent), ("TAPER", PriceStructure::TaperedDeciCent)] {
            venue.list_market(listing(ticker, structure), START).expect("a new ticker");
        }
        for name in ["ann", "bob", "eve"] {
            let member = venue.add_member(name);
            venue.deposit(AccountId::primary(member), Usd::dollars(1_000), START).expect("a fair deposit");
        }
        venue.take_updates();
        Exchange { venue, now: START }
    }

    /// Sends a plain order, modified by `change`.
    fn send(
        &mut self,
        member: MemberId,
        side: Side,
        cents: i32,
        contracts: i64,
        change: impl FnOnce(&mut NewOrder),
    ) -> Result<Placed, VenueError> {
        let mut order = NewOrder::limit("CENT", side, Price(cents * 100), Qty::contracts(contracts));
        change(&mut order);
        self.venue.create(member, &order, self.now)
    }

    fn buy(&mut self, member: MemberId, cents: i32, contracts: i64) -> Placed {
        self.send(member, Side::Buy, cents, contracts, |_| {}).expect("a good order")
    }

    fn sell(&mut self, member: MemberId, cents: i32, contracts: i64) -> Placed {
        self.send(member, Side::Sell, cents, contracts, |_| {}).expect("a good order")
    }

    /// Returns the book of `CENT` as `bids | asks`, best first, in cents and contracts.
    fn book(&self) -> String {
        let market = self.venue.market(CENT).expect("it is listed");
        let side = |levels: Vec<(Price, Qty)>| {
            let shown = levels.iter().map(|(price, qty)| format!("{}x{qty}", f64::from(price.0) / 100.0));
            shown.collect::<Vec<_>>().join(" ")
        };
        format!("{} | {}", side(market.bids().collect()), side(market.asks().collect()))
    }

    /// Returns the trades since the last call, as `contracts@cents`.
    fn trades(&mut self) -> String {
        let trade = |update: Update| match update.change {
            Change::Trade(trade) => Some(format!("{}@{}", trade.qty, f64::from(trade.price.0) / 100.0)),
            _ => None,
        };
        self.venue.take_updates().into_iter().filter_map(trade).collect::<Vec<_>>().join(" ")
    }

    fn cash(&self, member: MemberId) -> Usd {
        self.venue.balance(AccountId::primary(member)).cash
    }
}

fn listing(ticker: &str, structure: PriceStructure) -> Listing {
    let (closes, latest_expiration) = (at(86_400), at(100_000));
    Listing { structure, closes, latest_expiration, ..host_testkit::exchange::listing(ticker, "E", START) }
}

const IOC: TimeInForce = TimeInForce::ImmediateOrCancel;
const FOK: TimeInForce = TimeInForce::FillOrKill;
