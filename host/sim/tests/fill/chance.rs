//! The coin: its statistics match its settings.

use std::collections::BTreeMap;

use host_core::SlotId;

use super::*;

const ORDERS: u64 = 20_000;
/// Long enough for any latency.
const MINUTE: i64 = 60_000_000_000;

fn settings() -> ExchangeSettings {
    ExchangeSettings { fill_model: FillModel::Coin, ..ExchangeSettings::default() }
}

/// Returns the only fill of each of `orders`, which are placed in this sequence, if it has one.
fn fills_of(settings: &ExchangeSettings, orders: impl IntoIterator<Item = Order>) -> Vec<Option<Fill>> {
    let (mut exchange, mut out) = (SimulatedExchange::new(settings.clone()), Vec::new());
    let place = |order: Order| {
        exchange.place(&order, &Quote { market: order.market, ..quote(0, 4_200, 4_400) }, &mut out);
        order.id
    };
    let orders: Vec<OrderId> = orders.into_iter().map(place).collect();
    assert!(out.is_empty(), "nothing is known at once");
    exchange.advance(Timestamp(MINUTE), &mut out);
    let all = fills(&out);
    assert!(all.is_sorted_by_key(|fill| fill.time));
    let by_order: BTreeMap<OrderId, Fill> = all.iter().map(|fill| (fill.order, *fill)).collect();
    assert_eq!(by_order.len(), all.len(), "no order fills twice");
    orders.iter().map(|order| by_order.get(order).copied()).collect()
}

/// Returns order `id` for `qty` contracts at 0.43, in a market of its own.
fn long_lived(id: u64, qty: i64) -> Order {
    let expiry = TimeInForce::GoodTill(Timestamp(10 * MINUTE));
    let order = order(id, Side::Buy, 4_300, qty, 0);
    Order { time_in_force: expiry, market: MarketId(id as u32), ..order }
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

#[test]
fn the_statistics_match_the_settings() {
    let all = fills_of(&settings(), (0..ORDERS).map(|id| long_lived(id, 1_000)));
    let fills: Vec<Fill> = all.into_iter().flatten().collect();
    let near = |name: &str, value: f64, expect: f64, tolerance: f64| {
        assert!((value - expect).abs() <= tolerance, "{name}: {value}, not {expect} ± {tolerance}");
    };
    near("fill share", fills.len() as f64 / ORDERS as f64, 0.8, 0.01);
    let parts: Vec<_> = fills.iter().filter(|fill| fill.qty < Qty::contracts(1_000)).collect();
    near("partial share", parts.len() as f64 / fills.len() as f64, 0.2, 0.01);
    near("mean part", mean(parts.iter().map(|fill| fill.qty.as_contracts())), 500.0, 15.0);
    assert!(parts.iter().all(|fill| fill.qty == fill.qty.whole() && fill.qty >= Qty::ONE), "whole contracts");
    let slippages = fills.iter().map(|fill| fill.price.dollars() - 0.43);
    near("mean slippage", mean(slippages.clone()), 0.0, 0.000_05);
    near("slippage deviation", mean(slippages.map(|slippage| slippage * slippage)).sqrt(), 0.002, 0.000_04);
    let latencies = fills.iter().map(|fill| fill.time.0 as f64 / 1e6);
    near("mean latency", mean(latencies.clone()), 150.0, 3.0);
    // The median of an exponential is ln 2 of its mean.
    let early = latencies.filter(|&latency_ms| latency_ms < 150.0 * 2f64.ln()).count();
    near("share below the median latency", early as f64 / fills.len() as f64, 0.5, 0.01);
}

#[test]
fn settings_change_only_what_they_name() {
    let fills = |settings: ExchangeSettings| fills_of(&settings, (0..500).map(|id| long_lived(id, 1_000)));
    let base = fills(settings());
    let likelier = fills(ExchangeSettings { fill_probability: 1.0, ..settings() });
    assert!(likelier.iter().all(Option::is_some));
    assert!(base.iter().zip(&likelier).all(|(base, likelier)| base.is_none() || base == likelier));
    let slower = fills(ExchangeSettings { latency_mean_ms: 300.0, ..settings() });
    let untimed = |fill: &Option<Fill>| fill.map(|fill| (fill.price, fill.qty));
    assert!(base.iter().zip(&slower).all(|(base, slower)| untimed(base) == untimed(slower)));
    assert_ne!(base, fills(ExchangeSettings { seed: 1, ..settings() }));
    let never = fills(ExchangeSettings { fill_probability: 0.0, ..settings() });
    assert!(never.iter().all(Option::is_none));
}

#[test]
fn a_strategy_draws_beside_others_as_it_does_alone() {
    for fill_model in [FillModel::Coin, FillModel::Queue, FillModel::Probabilistic] {
        let settings = ExchangeSettings { fill_model, ..settings() };
        let alone = ends_of(&settings, 0, &[]);
        assert!(alone.iter().any(|(time, _)| *time > 0), "{fill_model:?} has no latency");
        // Its number moves when others come, and so do the numbers of its orders.
        assert_eq!(alone, ends_of(&settings, 1, &[]), "{fill_model:?}");
        assert_eq!(alone, ends_of(&settings, 1, &[0, 2]), "{fill_model:?}");
    }
}

/// Returns the time and quantity of all that the orders of `slot` fill beside those of `others`, which trade in other
/// markets.
fn ends_of(settings: &ExchangeSettings, slot: u16, others: &[u16]) -> Vec<(i64, Qty)> {
    let (mut exchange, mut out, mut own) = (SimulatedExchange::new(settings.clone()), Vec::new(), Vec::new());
    let mut id = 0;
    for market in 0..100 {
        for number in others.iter().copied().chain([slot]) {
            id += 1;
            let market = MarketId(market + 1_000 * u32::from(number != slot) * u32::from(number + 1));
            let order = Order { slot: SlotId(number), market, ..long_lived(id, 10) };
            exchange.place(&order, &Quote { market, ..sized(0, 4_200, 4_300, 100, 5) }, &mut out);
            own.extend((number == slot).then_some(order.id));
        }
    }
    exchange.advance(Timestamp(MINUTE), &mut out);
    let all = fills(&out);
    let mut own: Vec<_> = all.iter().filter(|fill| own.contains(&fill.order)).collect();
    own.sort_by_key(|fill| fill.order);
    own.iter().map(|fill| (fill.time.0, fill.qty)).collect()
}

#[test]
fn prices_stay_within_0_and_1_and_one_contract_is_never_parted() {
    let wild = ExchangeSettings { slippage_std: 0.5, partial_probability: 1.0, fill_probability: 1.0, ..settings() };
    for fill in fills_of(&wild, (0..1_000).map(|id| long_lived(id, 1))) {
        let fill = fill.expect("all fill");
        assert!(Price::ZERO < fill.price && fill.price < Price::ONE && fill.qty == Qty::ONE, "{fill:?}");
    }
}

#[test]
fn an_order_that_chance_leaves_unfilled_works_until_it_ends() {
    let half = ExchangeSettings { partial_probability: 1.0, ..settings() };
    let (mut exchange, mut out) = (SimulatedExchange::new(half), Vec::new());
    for id in 0..100 {
        let order = long_lived(id, 10);
        let order = if id % 2 == 0 { order } else { immediate(order) };
        exchange.place(&order, &Quote { market: order.market, ..quote(0, 4_200, 4_400) }, &mut out);
    }
    exchange.advance(Timestamp(MINUTE), &mut out);
    assert_eq!(exchange.working(), 50, "none is filled in full, the immediate ones are cancelled");
    exchange.advance(Timestamp(10 * MINUTE), &mut out);
    assert_eq!(exchange.working(), 0);
    let count = |expect: OrderState| {
        out.iter().filter(|event| matches!(event, VenueEvent::Closed { state, .. } if *state == expect)).count()
    };
    assert_eq!((count(OrderState::Cancelled), count(OrderState::Expired)), (50, 50));
}
