//! Invariants after every command, whatever members, time and the outside market do.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use host_core::Quote;
use host_exchange::venue::{
    Amendment, ExchangeStatus, Expiration, FillFilter, OrderFilter, OrderStatus, PositionFilter, Reduction, Resolution,
    SelfTradePrevention,
};
use proptest::prelude::*;
use uuid::Uuid;

const MEMBERS: [MemberId; 3] = [ANN, BOB, EVE];

#[derive(Clone, Debug)]
enum Act {
    Create(MemberId, NewOrder),
    /// Cancels the member's nth order.
    Cancel(MemberId, usize),
    Decrease(MemberId, usize, i64),
    Amend(MemberId, usize, i32, i64),
    CancelAll(MemberId),
    Mirror(MarketId, Option<(i32, i64)>, Option<(i32, i64)>, i64),
    Wait(i64),
    Pause(ExchangeStatus),
    Determine(MarketId, Resolution),
    ResetGroup(MemberId),
}

fn member() -> impl Strategy<Value = MemberId> {
    (0usize..3).prop_map(|n| MEMBERS[n])
}

/// Fractions, whole contracts, and more than anyone can pay for.
fn count() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1i64..300, 3 => (1i64..40).prop_map(|n| 100 * n), 1 => 10_000i64..500_000]
}

fn new_order() -> impl Strategy<Value = NewOrder> {
    let kind = prop_oneof![
        5 => Just(TimeInForce::GoodTillCanceled(None)),
        2 => (1i64..100).prop_map(|n| TimeInForce::GoodTillCanceled(Some(at(n)))),
        2 => Just(IOC),
        2 => Just(FOK),
    ];
    let place = (any::<bool>(), any::<bool>(), 1i32..100, count());
    (place, kind, 0u8..8, 0u8..2, 0u16..60).prop_map(|((taper, buy, cents, count), kind, flags, subaccount, id)| {
        let side = if buy { Side::Buy } else { Side::Sell };
        // Most prices lie close together, so that orders meet.
        let cents = if cents % 5 == 0 { cents } else { 45 + cents % 10 };
        let price = if taper && !(10..90).contains(&cents) { cents * 100 + 30 } else { cents * 100 };
        let mut order =
            NewOrder::limit(if taper { "TAPER" } else { "CENT" }, side, Price(price), Qty::hundredths(count));
        order.time_in_force = kind;
        order.post_only = flags == 0;
        order.reduce_only = flags == 1 && kind == IOC;
        order.cancel_on_pause = flags == 2;
        if flags % 2 == 0 {
            order.self_trade_prevention = SelfTradePrevention::Maker;
        }
        order.group = (flags == 3).then(Uuid::nil);
        order.subaccount = subaccount;
        if id < 40 {
            order.client_order_id = id.to_string();
        }
        order
    })
}

fn act() -> impl Strategy<Value = Act> {
    let market = any::<bool>().prop_map(|taper| if taper { TAPER } else { CENT });
    let best = |cents: std::ops::Range<i32>| proptest::option::weighted(0.9, (cents, 1i64..3_000));
    let resolution = prop_oneof![
        Just(Resolution::Yes),
        Just(Resolution::No),
        (0i32..=10_000).prop_map(|price| Resolution::Scalar(Price(price))),
    ];
    let status = prop_oneof![
        3 => Just(ExchangeStatus::Active),
        1 => Just(ExchangeStatus::Paused),
        1 => Just(ExchangeStatus::Closed),
    ];
    prop_oneof![
        30 => (member(), new_order()).prop_map(|(member, order)| Act::Create(member, order)),
        4 => (member(), 0usize..40).prop_map(|(member, n)| Act::Cancel(member, n)),
        4 => (member(), 0usize..40, count()).prop_map(|(member, n, qty)| Act::Decrease(member, n, qty)),
        6 => (member(), 0usize..40, 44i32..57, count())
            .prop_map(|(member, n, cents, qty)| Act::Amend(member, n, cents, qty)),
        1 => member().prop_map(Act::CancelAll),
        8 => (market.clone(), best(40..52), best(49..60), -50i64..200)
            .prop_map(|(market, bid, ask, volume)| Act::Mirror(market, bid, ask, volume)),
        2 => prop_oneof![1i64..20, 60i64..90].prop_map(Act::Wait),
        1 => status.prop_map(Act::Pause),
        1 => (market, resolution).prop_map(|(market, resolution)| Act::Determine(market, resolution)),
        1 => member().prop_map(Act::ResetGroup),
    ]
}

/// An exchange, its members' groups, and the accumulated updates.
struct Run {
    exchange: Exchange,
    groups: BTreeMap<MemberId, Uuid>,
    depth: BTreeMap<(MarketId, bool, Price), Qty>,
    volume: i64,
    next_update: u64,
    log: String,
}

impl Run {
    fn new(fees: FeeModel) -> Run {
        let mut exchange = Exchange::new(fees);
        let mut groups = BTreeMap::new();
        for member in MEMBERS {
            exchange.venue.transfer(member, (0, 1), Usd::micros(123_456_700), START).expect("she has it");
            let group = exchange.venue.create_group(AccountId::primary(member), Qty::contracts(20), START);
            groups.insert(member, group.expect("a fair limit"));
        }
        let next_update = exchange.venue.take_updates().last().map_or(0, |update| update.number + 1);
        Run { exchange, groups, depth: BTreeMap::new(), volume: 1_000, next_update, log: String::new() }
    }

    fn nth(&self, member: MemberId, n: usize) -> Option<(Uuid, Side, MarketId)> {
        let orders = self.exchange.venue.orders(member, &OrderFilter::default(), 40, None).items;
        orders.get(n).map(|order| (order.id, order.side, order.market))
    }

    fn act(&mut self, act: &Act) {
        let now = self.exchange.now;
        match act {
            Act::Create(member, order) => self.create(*member, order),
            Act::Cancel(member, n) => {
                let Some((id, ..)) = self.nth(*member, *n) else { return };
                let rests =
                    self.exchange.venue.order(*member, id).expect("their own order").status == OrderStatus::Resting;
                let open = self.exchange.venue.status() != ExchangeStatus::Closed;
                assert_eq!(self.exchange.venue.cancel(*member, id, now).is_ok(), rests && open);
            }
            Act::Decrease(member, n, qty) => {
                let Some((id, ..)) = self.nth(*member, *n) else { return };
                let _ = self.exchange.venue.decrease(*member, id, Reduction::By(Qty::hundredths(*qty)), now);
            }
            Act::Amend(member, n, cents, qty) => {
                let Some((id, side, market)) = self.nth(*member, *n) else { return };
                let amendment = Amendment {
                    ticker: self.exchange.venue.market(market).expect("it is listed").listing.ticker.clone(),
                    side,
                    price: Price(cents * 100),
                    count: Qty::hundredths(*qty),
                    client_order_id: None,
                    updated_client_order_id: None,
                    expiration: Expiration::Keep,
                };
                let _ = self.exchange.venue.amend(*member, id, &amendment, now);
            }
            Act::CancelAll(member) => drop(self.exchange.venue.cancel_all(*member, None, now)),
            Act::Mirror(market, bid, ask, volume) => self.mirror(*market, *bid, *ask, *volume),
            Act::Wait(seconds) => {
                self.exchange.now = now + Span::seconds(*seconds);
                self.exchange.venue.advance(self.exchange.now);
            }
            Act::Pause(status) => self.exchange.venue.set_status(*status, now),
            Act::Determine(market, resolution) => drop(self.exchange.venue.determine(*market, *resolution, now)),
            Act::ResetGroup(member) => drop(self.exchange.venue.reset_group(*member, self.groups[member], now)),
        }
    }

    fn create(&mut self, member: MemberId, order: &NewOrder) {
        let mut order = order.clone();
        if order.group.is_some() {
            (order.group, order.subaccount) = (Some(self.groups[&member]), 0);
        }
        match self.exchange.venue.create(member, &order, self.exchange.now) {
            Ok(placed) => {
                let made = self.exchange.venue.order(member, placed.order_id).expect("it was made");
                assert!(!order.post_only || made.taker_cost == Usd::ZERO, "post-only never takes");
                assert!(order.time_in_force != FOK || placed.filled == order.count, "all or nothing");
                assert!(order.time_in_force != IOC || placed.remaining.is_zero(), "immediate or cancelled");
                assert!(placed.filled <= order.count);
            }
            Err(error) => self.log.push_str(error.code()),
        }
    }

    fn mirror(&mut self, market: MarketId, bid: Option<(i32, i64)>, ask: Option<(i32, i64)>, volume: i64) {
        self.volume += volume;
        let quote = Quote {
            market,
            time: self.exchange.now,
            bid: bid.map(|(cents, _)| Price(cents * 100)),
            ask: ask.map(|(cents, _)| Price(cents * 100)),
            bid_size: bid.map(|(_, size)| Qty::hundredths(size)),
            ask_size: ask.map(|(_, size)| Qty::hundredths(size)),
            last: bid.or(ask).map(|(cents, _)| Price(cents * 100)),
            volume: Some(Qty(self.volume * 100)),
        };
        self.exchange.venue.mirror(market, &quote, self.exchange.now);
    }

    /// Reads the updates and checks that they are numbered without gaps and that nobody trades with themselves.
    fn read(&mut self) {
        for update in self.exchange.venue.take_updates() {
            assert_eq!(update.number, self.next_update);
            self.next_update += 1;
            self.log.push_str(&format!("{update:?}\n"));
            if let Change::Book(delta) = update.change {
                let level = self.depth.entry((delta.market, delta.side == Side::Buy, delta.price)).or_default();
                *level += delta.delta;
            }
        }
        self.depth.retain(|_, qty| !qty.is_zero());
    }

    fn check(&mut self) {
        self.read();
        let totals = self.exchange.venue.totals();
        assert_eq!(totals.deposits, totals.cash + totals.fees + totals.escrow, "money appeared or vanished");
        self.check_books();
        MEMBERS.into_iter().for_each(|member| self.check_member(member));
    }

    fn check_books(&self) {
        let mut depth = BTreeMap::new();
        for id in [CENT, TAPER] {
            let market = self.exchange.venue.market(id).expect("it is listed");
            depth.extend(market.bids().map(|(price, qty)| ((id, true, price), qty)));
            depth.extend(market.asks().map(|(price, qty)| ((id, false, price), qty)));
            if let (Some((bid, _)), Some((ask, _))) = (market.top().bid, market.top().ask) {
                assert!(bid < ask, "crossed: {bid} {ask}");
            }
        }
        assert_eq!(depth, self.depth, "the deltas do not add up to the books");
    }

    fn check_member(&self, member: MemberId) {
        let venue = &self.exchange.venue;
        for subaccount in 0..2 {
            let balance = venue.balance(AccountId { member, subaccount });
            assert!(balance.cash >= Usd::ZERO && balance.available >= Usd::ZERO, "{balance:?}");
            assert_eq!(balance.cash, balance.reserved + balance.available);
        }
        let fills = venue.fills(member, &FillFilter::default(), 10_000, None).items;
        let ids: BTreeSet<Uuid> = fills.iter().map(|fill| fill.id).collect();
        assert_eq!(ids.len(), fills.len(), "two fills share an id: a member traded with themselves");
        let mut held: BTreeMap<(AccountId, MarketId), i64> = BTreeMap::new();
        let mut filled: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
        for fill in &fills {
            *held.entry((fill.account, fill.market)).or_default() += fill.side.signed(fill.qty).0;
            let sums = filled.entry(fill.order_id).or_default();
            *sums = (sums.0 + fill.qty.0, sums.1 + fill.fee.0);
            assert!(fill.fee >= Usd::ZERO);
        }
        for position in venue.positions(member, &PositionFilter::default(), 100, None).items {
            let sum = held[&(position.account, position.market)];
            assert_eq!(position.position.0, if position.settled { 0 } else { sum }, "fills and position differ");
            assert!(position.cost >= Usd::ZERO && (position.cost == Usd::ZERO || !position.position.is_zero()));
        }
        let orders = venue.orders(member, &OrderFilter::default(), 10_000, None).items;
        for order in &orders {
            assert_eq!((order.filled.0, order.fees().0), filled.get(&order.id).copied().unwrap_or_default());
            match order.status {
                OrderStatus::Resting => assert!(
                    order.remaining > Qty::ZERO && order.expires() > Some(venue.now()) || order.expires().is_none()
                ),
                OrderStatus::Executed | OrderStatus::Canceled => assert!(order.remaining.is_zero()),
            }
        }
        let named: Vec<&String> =
            orders.iter().map(|order| &order.client_order_id).filter(|id| !id.is_empty()).collect();
        assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len(), "a client order id was used twice");
        let resting = orders.iter().filter(|order| order.status == OrderStatus::Resting).count();
        assert_eq!(resting, venue.resting_orders(member).count());
    }
}

fn fees() -> impl Strategy<Value = FeeModel> {
    prop_oneof![Just(FeeModel::None), Just(FeeModel::Kalshi), Just(FeeModel::KalshiWithMakerFees)]
}

proptest! {
    #[test]
    fn the_books_balance_after_every_command(fees in fees(), acts in proptest::collection::vec(act(), 1..120)) {
        let mut run = Run::new(fees);
        for act in &acts {
            run.act(act);
            run.check();
        }
    }

    #[test]
    fn the_same_commands_give_the_same_updates(acts in proptest::collection::vec(act(), 1..60)) {
        let updates = || {
            let mut run = Run::new(FeeModel::Kalshi);
            acts.iter().for_each(|act| { run.act(act); run.read(); });
            run.log
        };
        prop_assert_eq!(updates(), updates());
    }

    #[test]
    fn a_position_filled_in_many_small_fills_never_costs_more_than_the_balance(
        price in (1i32..1_000).prop_map(|n| n * 10),
        small_fills in proptest::collection::vec(1i64..60, 1..80),
    ) {
        let mut exchange = Exchange::new(FeeModel::KalshiWithMakerFees);
        let qty: i64 = small_fills.iter().sum();
        let account = AccountId { member: ANN, subaccount: 3 };
        let mut order = NewOrder::limit("TAPER", Side::Buy, Price(price), Qty::hundredths(qty));
        order.subaccount = 3;
        // Exactly what the order needs, to a ten-thousandth of a dollar.
        let mut deposit = 0;
        while exchange.venue.create(ANN, &order, START) == Err(VenueError::InsufficientBalance) && deposit < 200_000 {
            deposit += 1;
            let cost = (Price(price) * Qty::hundredths(qty)).0 / Usd::MICRO.0;
            let amount = if deposit == 1 { cost / 100 * 100 + 100 } else { 100 };
            exchange.venue.deposit(account, Usd::micros(amount), START).expect("a fair deposit");
        }
        for qty_each in small_fills {
            let qty_each = NewOrder::limit("TAPER", Side::Sell, Price(price), Qty::hundredths(qty_each));
            let _ = exchange.venue.create(BOB, &qty_each, START);
            prop_assert!(exchange.venue.balance(account).cash >= Usd::ZERO);
            let totals = exchange.venue.totals();
            prop_assert_eq!(totals.deposits, totals.cash + totals.fees + totals.escrow);
        }
    }
}
