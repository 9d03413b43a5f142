//! The cost of frequent queries must depend on what is open, not on history.

use host_core::{MarketId, Outcome, Price, Qty, Side, Span, Timestamp, Usd};

use super::query::LOOKUPS;
use super::*;
use host_core::fees::FeeModel;

const START: Timestamp = Timestamp(0);
const ANN: MemberId = MemberId(2);
const BOB: MemberId = MemberId(3);

/// Lists a market of its own event, in which Ann and Bob trade.
fn trade(venue: &mut Venue, number: usize, now: Timestamp) -> MarketId {
    let market = host_core::Market {
        ticker: format!("M{number}"),
        event: format!("E{number}"),
        series: "S".into(),
        ..host_testkit::market(0)
    };
    let id = venue.list(&market, FeeModel::None, now).expect("a new ticker");
    for (member, side) in [(ANN, Side::Buy), (BOB, Side::Sell)] {
        let order = NewOrder::limit(&market.ticker, side, Price(5_000), Qty::ONE);
        venue.create(member, &order, now).expect("a good order");
    }
    id
}

/// Returns an exchange with `ended` markets that were traded and paid out, and ten open ones.
fn venue(ended: usize) -> Venue {
    let mut venue = Venue::new(VenueSettings::default(), START);
    for name in ["ann", "bob"] {
        let member = venue.add_member(name);
        venue.deposit(AccountId::primary(member), Usd::dollars(1_000), START).expect("a fair deposit");
    }
    for number in 0..ended {
        let market = trade(&mut venue, number, START);
        venue.determine(market, Outcome::Yes.into(), START).expect("it was not known");
    }
    for number in 0..10 {
        trade(&mut venue, ended + number, START + Span::seconds(1));
        let rests = NewOrder::limit(&format!("M{}", ended + number), Side::Buy, Price(100), Qty::ONE);
        venue.create(ANN, &rests, START).expect("a good order");
    }
    venue
}

/// Counts the market look-ups of each query.
fn lookups(venue: &Venue) -> Vec<usize> {
    let last = venue.events.len() - 1;
    let open = MarketFilter { status: Some(StatusFilter::Open), ..MarketFilter::default() };
    let named = MarketFilter { tickers: vec![format!("M{last}")], ..MarketFilter::default() };
    let of_event = MarketFilter { event_ticker: Some(format!("E{last}")), ..MarketFilter::default() };
    let events = EventFilter { markets: Some(open.clone()), ..EventFilter::default() };
    let held = PositionFilter { settled: Some(false), ..PositionFilter::default() };
    let in_event = PositionFilter { event_tickers: vec![format!("E{last}")], ..PositionFilter::default() };
    let queries: [&dyn Fn() -> usize; 10] = [
        &|| venue.markets(&open, usize::MAX, None).items.len(),
        &|| venue.markets(&named, usize::MAX, None).items.len(),
        &|| venue.markets(&of_event, usize::MAX, None).items.len(),
        &|| venue.events(&events, usize::MAX, None).items.len(),
        &|| venue.events(&EventFilter::default(), 5, None).items.len(),
        &|| venue.trades(&TradeFilter::default(), 5, None).items.len(),
        &|| usize::from(venue.balance(AccountId::primary(ANN)).positions > Usd::ZERO),
        &|| venue.positions(ANN, &held, usize::MAX, None).items.len(),
        &|| venue.positions(ANN, &in_event, usize::MAX, None).items.len(),
        &|| venue.queue_positions(ANN, |_| true).len(),
    ];
    let count = |query: &&dyn Fn() -> usize| {
        LOOKUPS.set(0);
        assert!((1..=10).contains(&query()), "finds what is open");
        LOOKUPS.get()
    };
    queries.iter().map(count).collect()
}

#[test]
fn frequent_queries_cost_what_is_open() {
    let young = lookups(&venue(0));
    assert!(young.iter().all(|lookups| *lookups <= 50), "{young:?}");
    assert_eq!(lookups(&venue(500)), young);
}

#[test]
fn trades_and_candles_are_dropped_a_week_after_the_payout() {
    let mut venue = venue(3);
    let kept = |venue: &Venue, number: u32| {
        let market = MarketId(number);
        let range = (START, START + Span::days(9));
        let candles = venue.candles(market, Period::Hour, range, false).len();
        (venue.market(market).map_or(0, |market| market.trades().count()), candles)
    };
    venue.advance(START + Span::days(7) - Span::millis(1));
    assert_eq!((kept(&venue, 0), kept(&venue, 5)), ((1, 1), (1, 1)));
    venue.advance(START + Span::days(7));
    assert_eq!((kept(&venue, 0), kept(&venue, 5)), ((0, 0), (1, 1)));
    assert_eq!(venue.trades(&TradeFilter::default(), 99, None).items.len(), 10);
    assert_eq!(venue.market_of_trade.len(), 10);
}
