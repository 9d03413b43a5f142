//! Property tests: whatever happens in whatever order, no cap is exceeded, and the incremental exposure equals a full
//! recomputation.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use proptest::prelude::*;

pub(super) const CENT: i32 = 100;
pub(super) const MARKETS: u32 = 4;
/// The model rounds for each hundredth of a contract, the risk manager once per fill.
pub(super) const ROUNDING: i64 = Usd::micros(50_000).0;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Enter {
        slot: u16,
        market: u32,
        buy: bool,
        cents: i32,
        qty: i64,
    },
    Exit {
        slot: u16,
        market: u32,
        cents: i32,
        percent: i64,
    },
    /// Fills part of a working order, at its limit price or better.
    Fill {
        pick: usize,
        percent: i64,
        better: i32,
    },
    Close {
        pick: usize,
    },
    Settle {
        market: u32,
    },
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let (slot, market, cents) = (0..3u16, 0..MARKETS, 1..100i32);
    prop_oneof![
        8 => (slot.clone(), market.clone(), any::<bool>(), cents.clone(), 1..6_000i64)
            .prop_map(|(slot, market, buy, cents, qty)| Step::Enter { slot, market, buy, cents, qty }),
        4 => (slot, market.clone(), cents, 1..=130i64)
            .prop_map(|(slot, market, cents, percent)| Step::Exit { slot, market, cents, percent }),
        8 => (any::<usize>(), 1..=100i64, 0..100i32)
            .prop_map(|(pick, percent, better)| Step::Fill { pick, percent, better }),
        3 => any::<usize>().prop_map(|pick| Step::Close { pick }),
        1 => market.prop_map(|market| Step::Settle { market }),
    ]
}

/// The reference model: every position and every working order, and nothing derived.
pub(super) struct Model {
    pub setup: Setup,
    exclusive: bool,
    pub working: Vec<(Order, Qty)>,
    /// Contracts and cost by slot and market.
    pub positions: BTreeMap<(SlotId, MarketId), (i64, i64)>,
    /// The same of the account, which the venue nets.
    account: BTreeMap<MarketId, (i64, i64)>,
}

/// The limits of one run: caps in dollars (market, event, category, portfolio) and switches.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    caps: [i64; 4],
    exclusive: bool,
    taper: bool,
}

pub(super) fn rules() -> impl Strategy<Value = Rules> {
    let caps = [10..80i64, 10..80, 10..80, 10..80];
    (caps, any::<bool>(), any::<bool>()).prop_map(|(caps, exclusive, taper)| Rules { caps, exclusive, taper })
}

/// Sets caps that bind often. No other check interferes, except self-match and entries against a position.
fn tight(limits: &mut RiskLimits, rules: &Rules) {
    let [market, event, category, portfolio] = rules.caps.map(Usd::dollars);
    limits.max_position_size = Qty::contracts(80);
    limits.max_position_value = market;
    limits.max_event_exposure = event;
    limits.max_category_exposure = category;
    limits.max_portfolio_exposure = portfolio;
    limits.max_open_positions = 4;
    limits.max_price_deviation = Price::ONE;
    limits.duplicate_window_seconds = Span(1);
    limits.max_repeated_executions = 1_000_000;
    limits.max_messages_per_minute = 1_000_000;
    limits.size_taper = rules.taper;
    limits.exclusive_events = if rules.exclusive { vec!["RAIN".to_owned()] } else { Vec::new() };
}

impl Model {
    fn new(rules: &Rules) -> Model {
        Model::with(rules, |_| {})
    }

    /// Returns a model without orders, with these rules and what `change` makes of them.
    pub fn with(rules: &Rules, change: impl FnOnce(&mut RiskLimits)) -> Model {
        let setup = Setup::with(|limits| {
            tight(limits, rules);
            change(limits);
        });
        Model {
            setup,
            exclusive: rules.exclusive,
            working: Vec::new(),
            positions: BTreeMap::new(),
            account: BTreeMap::new(),
        }
    }

    fn held(&self, slot: SlotId, market: MarketId) -> i64 {
        self.positions.get(&(slot, market)).map_or(0, |position| position.0)
    }

    pub fn apply(&mut self, step: &Step) {
        match *step {
            Step::Enter { slot, market, buy, cents, qty } => {
                let side = if buy { Side::Buy } else { Side::Sell };
                let _ = self.check(slot, market, side, cents, Qty::hundredths(qty), Intent::Entry);
            }
            Step::Exit { slot, market, cents, percent } => {
                let held = self.held(SlotId(slot), MarketId(market));
                let side = if held > 0 { Side::Sell } else { Side::Buy };
                let _ =
                    self.check(slot, market, side, cents, Qty::hundredths(held.abs() * percent / 100), Intent::Exit);
            }
            Step::Fill { pick, percent, better } => self.fill(pick, percent, better),
            Step::Close { pick } => self.close(pick),
            Step::Settle { market } => {
                let market = MarketId(market);
                self.setup.risk.on_settled(market);
                self.working.retain(|(order, _)| order.market != market);
                self.positions.retain(|key, _| key.1 != market);
                self.account.remove(&market);
            }
        }
    }

    pub fn check(&mut self, slot: u16, market: u32, side: Side, cents: i32, qty: Qty, intent: Intent) -> String {
        let setup = &mut self.setup;
        setup.wait(Span::millis(1));
        setup.quote = quote(market, setup.now);
        let order = &mut setup.order;
        (order.slot, order.market, order.side) = (SlotId(slot), MarketId(market), side);
        (order.price, order.qty, order.intent) = (Price(cents * CENT), qty, intent);
        let code = setup.code();
        if code.is_empty() {
            let order = setup.last();
            self.working.push((order, qty));
        }
        code
    }

    fn fill(&mut self, pick: usize, percent: i64, better: i32) {
        if self.working.is_empty() {
            return;
        }
        let at = pick % self.working.len();
        let (order, left) = &mut self.working[at];
        let hundredths = (left.0 / Qty::HUNDREDTH.0 * percent / 100).max(1);
        let qty = Qty::hundredths(hundredths);
        *left -= qty;
        let cents = order.price.0 / CENT;
        let price = Price(CENT * (cents - order.side.sign() as i32 * better).clamp(1, 99));
        let order = order.clone();
        if left.is_zero() {
            self.working.remove(at);
        }
        self.setup.risk.on_fill(&order, &fill(&order, price, qty, self.setup.now));
        let slot = self.positions.entry((order.slot, order.market)).or_default();
        let account = self.account.entry(order.market).or_default();
        for _ in 0..hundredths {
            trade_hundredth(slot, order.side, price);
            trade_hundredth(account, order.side, price);
        }
    }

    fn close(&mut self, pick: usize) {
        if self.working.is_empty() {
            return;
        }
        let (order, _) = self.working.remove(pick % self.working.len());
        self.setup.risk.on_closed(&order, self.setup.now, OrderState::Cancelled);
    }

    /// Returns contracts and worst-case loss on one side of a market, from the model alone: the account's net position,
    /// entries, and the exits that are left over if all entries on their side fill first.
    fn side(&self, market: u32, side: Side) -> (i64, i64) {
        let (held, cost) = self.account.get(&MarketId(market)).copied().unwrap_or_default();
        let held = Qty::hundredths(held * side.sign()).0;
        let (mut entries, mut exits, mut dearest) = ((0, 0), 0, 0);
        for (order, left) in self.working.iter().filter(|(order, _)| order.market.0 == market && order.side == side) {
            match order.intent {
                Intent::Entry => entries = (entries.0 + left.0, entries.1 + side.worst_loss(order.price, *left).0),
                Intent::Exit => {
                    (exits, dearest) = (exits + left.0, dearest.max(side.worst_loss(order.price, Qty(1)).0))
                }
            }
        }
        let growing = (exits - (-held - entries.0).max(0)).max(0);
        let cost = if held > 0 { cost } else { 0 };
        (held.max(0) + entries.0 + growing, cost + entries.1 + growing * dearest)
    }

    fn worst(&self, market: u32) -> i64 {
        self.side(market, Side::Buy).1.max(self.side(market, Side::Sell).1)
    }

    /// Returns the worst-case loss of markets 0 and 1 over all possible outcomes of their event.
    fn event(&self) -> i64 {
        let outcomes = [[false, false], [true, false], [false, true], [true, true]];
        let possible = outcomes.iter().filter(|outcome| !(self.exclusive && outcome[0] && outcome[1]));
        let lost = |market: usize, yes: bool| self.side(market as u32, if yes { Side::Sell } else { Side::Buy }).1;
        possible.map(|outcome| lost(0, outcome[0]) + lost(1, outcome[1])).max().unwrap_or_default()
    }

    fn open(&self) -> usize {
        let held = self.positions.iter().filter(|(_, position)| position.0 != 0).map(|(&key, _)| key);
        let entries = self.working.iter().filter(|(order, _)| order.intent == Intent::Entry);
        held.chain(entries.map(|(order, _)| (order.slot, order.market))).collect::<BTreeSet<_>>().len()
    }

    fn total(&self) -> i64 {
        (0..MARKETS).map(|market| self.worst(market)).sum()
    }

    pub fn assert_within_limits(&self) {
        let limits = self.setup.risk.limits();
        for market in 0..MARKETS {
            for side in [Side::Buy, Side::Sell] {
                assert!(self.side(market, side).0 <= limits.max_position_size.0);
            }
            assert!(self.worst(market) <= limits.max_position_value.0 + ROUNDING);
        }
        assert!(self.event() <= limits.max_event_exposure.0 + ROUNDING);
        let category: i64 = (0..3).map(|market| self.worst(market)).sum();
        assert!(category <= limits.max_category_exposure.0 + ROUNDING);
        assert!(self.total() <= limits.max_portfolio_exposure.0 + ROUNDING);
        assert!(self.open() <= limits.max_open_positions as usize);
    }

    fn assert_usage(&self) {
        let (usage, total) = (self.setup.risk.usage(), self.total());
        assert_eq!(usage.open_positions as usize, self.open());
        assert!((usage.exposure.0 - total).abs() <= ROUNDING, "{} is not {total}", usage.exposure.0);
    }
}

/// Trades one hundredth of a contract: either the average cost is released, or a new cost is added.
fn trade_hundredth((held, cost): &mut (i64, i64), side: Side, price: Price) {
    if *held * side.sign() < 0 {
        *cost -= Usd(*cost / held.abs()).in_micros().0;
    } else {
        *cost += side.worst_loss(price, Qty::hundredths(1)).0;
    }
    *held += side.sign();
}

const SIZES: [RefusalCode; 10] = [
    RefusalCode::MaxVolumeFraction,
    RefusalCode::MaxOrderSize,
    RefusalCode::MaxOrderValue,
    RefusalCode::MaxPositionSize,
    RefusalCode::MaxPositionValue,
    RefusalCode::MaxEventExposure,
    RefusalCode::MaxCategoryExposure,
    RefusalCode::MaxPortfolioExposure,
    RefusalCode::MaxOpenPositions,
    RefusalCode::SizeTaper,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_orders_and_fills_exceeds_a_cap_and_all_usage_is_released(
        steps in prop::collection::vec(step(), 1..120), rules in rules(),
    ) {
        let mut model = Model::new(&rules);
        for step in &steps {
            model.apply(step);
            model.assert_usage();
            model.assert_within_limits();
        }
        while !model.working.is_empty() {
            model.close(0);
        }
        for ((slot, market), (held, _)) in model.positions.clone() {
            let side = if held > 0 { Side::Sell } else { Side::Buy };
            let qty = model.setup.risk.reducible(market, side).min(Qty::hundredths(held.abs()));
            if !qty.is_zero() {
                prop_assert_eq!(model.check(slot.0, market.0, side, 43, qty, Intent::Exit), "");
                model.fill(0, 100, 0);
            }
        }
        // What is left are pairs of opposite positions: flat at the venue.
        for market in 0..MARKETS {
            prop_assert_eq!(model.setup.risk.reducible(MarketId(market), Side::Buy), Qty::ZERO);
            prop_assert_eq!(model.setup.risk.reducible(MarketId(market), Side::Sell), Qty::ZERO);
            model.apply(&Step::Settle { market });
        }
        prop_assert_eq!(model.setup.risk.usage(), LimitUsage::default());
    }

    #[test]
    fn max_entry_qty_is_exactly_what_the_size_checks_allow(
        steps in prop::collection::vec(step(), 0..60), rules in rules(),
        slot in 0..3u16, market in 0..MARKETS, buy in any::<bool>(), cents in 1..100i32, beyond in any::<bool>(),
    ) {
        let mut model = Model::new(&rules);
        steps.iter().for_each(|step| model.apply(step));
        let side = if buy { Side::Buy } else { Side::Sell };
        let setup = &model.setup;
        let quote = quote(market, setup.now);
        let listed = &setup.markets[market as usize];
        let context = CheckContext { now: setup.now, market: listed, quote: &quote, funds: RICH };
        let largest = setup.risk.max_entry_qty(SlotId(slot), side, Price(cents * CENT), &context);
        let code = model.check(slot, market, side, cents, largest + Qty(i64::from(beyond)), Intent::Entry);
        let by_size = SIZES.iter().any(|size| size.as_str() == code);
        if beyond {
            prop_assert!(!code.is_empty(), "{largest} is not the largest");
        } else if !largest.is_zero() {
            prop_assert!(!by_size, "{largest} is refused by {code}");
        }
    }
}

#[test]
fn max_entry_qty_is_zero_if_a_figure_is_missing() {
    let largest = |setup: &Setup| {
        let context =
            CheckContext { now: setup.now, market: &setup.markets[0], quote: &setup.quote, funds: setup.funds };
        setup.risk.max_entry_qty(SlotId(0), Side::Buy, Price(4_300), &context)
    };
    assert_eq!(largest(&Setup::new()), Qty::contracts(50));
    assert_eq!(largest(&Setup::new().see(|quote| quote.volume = None)), Qty::ZERO);
    let mut unlisted = Setup::new();
    unlisted.risk = RiskManager::new(RiskLimits::default()).unwrap();
    assert_eq!(largest(&unlisted), Qty::ZERO);
}

#[test]
fn the_exposure_of_a_market_moves_with_it_to_another_group() {
    let limits = |limits: &mut RiskLimits| {
        (limits.max_event_exposure, limits.max_category_exposure) = (Usd::dollars(50), Usd::dollars(60));
    };
    let mut setup = Setup::with(limits).after(|setup| setup.hold(1, 60, Usd::dollars(48)));
    let mut codes = Vec::new();
    for (event, category) in [("RAIN", "weather"), ("SUN", "weather"), ("SUN", "sky"), ("RAIN", "sky")] {
        (setup.markets[1].event, setup.markets[1].category) = (event.to_owned(), category.to_owned());
        setup.risk.list(&setup.markets[1]);
        setup.wait(Span::seconds(10));
        setup.order.qty = Qty::contracts(if category == "sky" { 10 } else { 30 });
        codes.push(setup.code());
        assert!(setup.risk.usage().exposure >= Usd::dollars(48));
    }
    assert_eq!(codes, ["max_event_exposure", "max_category_exposure", "", "max_event_exposure"]);
}

#[test]
fn a_fill_after_the_end_of_its_order_still_counts_as_a_position() {
    let mut setup = Setup::new();
    setup.check().unwrap();
    let order = setup.last();
    setup.risk.on_closed(&order, NOON, OrderState::Cancelled);
    assert_eq!(setup.risk.usage(), LimitUsage::default());
    setup.risk.on_fill(&order, &fill(&order, order.price, order.qty, NOON));
    assert_eq!(
        setup.risk.usage(),
        LimitUsage { exposure: Usd::micros(4_300_000), open_positions: 1, ..LimitUsage::default() }
    );
}

#[test]
fn adopted_orders_and_positions_count_like_those_of_this_run() {
    let mut setup = Setup::new();
    assert!(setup.risk.adopt_order(&setup.order, Qty::contracts(4)));
    assert_eq!(
        setup.risk.usage(),
        LimitUsage { exposure: Usd::micros(1_720_000), open_positions: 1, ..LimitUsage::default() }
    );
    assert_eq!(setup.code(), "duplicate_order", "its number is taken");
    setup.risk.on_closed(&Order { id: OrderId(100), ..setup.order.clone() }, NOON, OrderState::Cancelled);
    assert_eq!(setup.risk.usage(), LimitUsage::default());
    let elsewhere = Order { market: MarketId(99), ..setup.order.clone() };
    assert!(!setup.risk.adopt_order(&elsewhere, Qty::ONE));
    assert!(!setup.risk.adopt_position(SlotId(0), MarketId(99), Qty::ONE, Usd::dollars(1)));
}
