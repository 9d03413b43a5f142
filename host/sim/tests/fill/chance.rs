//! The coin: its statistics match its settings.

use super::*;

const ORDERS: u64 = 20_000;
/// Long enough for any latency.
const MINUTE: i64 = 60_000_000_000;

fn settings() -> ExchangeSettings {
    ExchangeSettings { fill_model: FillModel::Coin, ..ExchangeSettings::default() }
}

/// Returns the only fill of order `id` for 1,000 contracts at 0.43, if it has one.
fn fill_of(settings: &ExchangeSettings, order: &Order) -> Option<Fill> {
    let (mut exchange, mut out) = (SimulatedExchange::new(settings.clone()), Vec::new());
    exchange.place(order, &quote(order.created.0, 4_200, 4_400), &mut out);
    assert!(out.is_empty(), "nothing is known at once");
    exchange.advance(Timestamp(order.created.0 + MINUTE), &mut out);
    let fills = fills(&out);
    assert!(fills.len() <= 1);
    fills.first().copied()
}

fn long_lived(id: u64, qty: i64) -> Order {
    let expiry = TimeInForce::GoodTill(Timestamp(10 * MINUTE));
    Order { time_in_force: expiry, ..order(id, Side::Buy, 4_300, qty, 0) }
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

#[test]
fn the_statistics_match_the_settings() {
    let fills: Vec<_> = (0..ORDERS).filter_map(|id| fill_of(&settings(), &long_lived(id, 1_000))).collect();
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
    let fills = |settings: ExchangeSettings| -> Vec<_> {
        (0..500).map(|id| fill_of(&settings, &long_lived(id, 1_000))).collect()
    };
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
fn other_orders_change_nothing() {
    let (mut exchange, mut out) = (SimulatedExchange::new(settings()), Vec::new());
    for id in 0..200 {
        exchange.place(&long_lived(id, 10), &quote(0, 4_200, 4_400), &mut out);
    }
    exchange.advance(Timestamp(MINUTE), &mut out);
    let mut together = fills(&out);
    assert!(together.is_sorted_by_key(|fill| fill.time));
    together.sort_by_key(|fill| fill.order);
    let alone: Vec<_> = (0..200).filter_map(|id| fill_of(&settings(), &long_lived(id, 10))).collect();
    assert_eq!(together, alone);
}

#[test]
fn prices_stay_within_0_and_1_and_one_contract_is_never_parted() {
    let wild = ExchangeSettings { slippage_std: 0.5, partial_probability: 1.0, fill_probability: 1.0, ..settings() };
    for id in 0..1_000 {
        let fill = fill_of(&wild, &long_lived(id, 1)).expect("all fill");
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
        exchange.place(&order, &quote(0, 4_200, 4_400), &mut out);
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
