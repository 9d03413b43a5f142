//! Cost per row: the exchange with 0, 1 and 5 working orders among 45 markets, and the sampler.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use host_core::{MarketId, Order, Price, Qty, Quote, Quotes, Span, TimeInForce, Timestamp};
use host_sim::fill::{ExchangeSettings, SimulatedExchange};
use host_sim::sampler::Sampler;

const MARKETS: u32 = 45;
const POLLS: i64 = 1_000;
const INTERVAL: Span = Span::seconds(30);

fn quote(time: i64, market: u32) -> Quote {
    let bid = 4_000 + (time / INTERVAL.0 * 7 + i64::from(market) * 13) as i32 % 5 * 100;
    Quote {
        bid_size: Some(Qty::contracts(100)),
        ask_size: Some(Qty::contracts(100)),
        last: Some(Price(bid)),
        volume: Some(Qty::contracts(time / INTERVAL.0)),
        ..host_testkit::quote(market, Timestamp(time), bid, bid + 200)
    }
}

fn tape() -> Quotes {
    let mut quotes = Quotes::default();
    for poll in 1..=POLLS {
        (0..MARKETS).for_each(|market| quotes.push(&quote(poll * INTERVAL.0, market)));
    }
    quotes
}

/// Returns an exchange with `working` resting orders, in separate markets, too far from the market to fill.
fn exchange(working: u32) -> SimulatedExchange {
    let (mut exchange, mut out) = (SimulatedExchange::new(ExchangeSettings::default()), Vec::new());
    for id in 0..working {
        let order = Order {
            market: MarketId(id * 9),
            price: Price(100),
            time_in_force: TimeInForce::GoodTill(Timestamp(i64::MAX)),
            arrival_mid_doubled: 0,
            ..host_testkit::order(u64::from(id), Timestamp(0))
        };
        exchange.place(&order, &quote(0, id * 9), &mut out);
    }
    assert_eq!((exchange.working(), out.len()), (working as usize, 0));
    exchange
}

/// Shows the tape one poll at a time, as the back test does.
fn on_quotes(criterion: &mut Criterion) {
    let tape = tape();
    let mut group = criterion.benchmark_group("on_quotes");
    group.throughput(Throughput::Elements(tape.len() as u64));
    for working in [0, 1, 5] {
        group.bench_function(format!("{working} working orders"), |bencher| {
            let mut out = Vec::new();
            let show = |mut exchange: SimulatedExchange| {
                for row in (0..tape.len()).step_by(MARKETS as usize) {
                    exchange.on_quotes(black_box(&tape.view(row..row + MARKETS as usize)), &mut out);
                }
                exchange
            };
            bencher.iter_batched(|| exchange(working), show, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Measures the cost per emitted row, from a tape on which every fifth row of every poll changes.
fn sampler(criterion: &mut Criterion) {
    let mut raw = Quotes::default();
    for poll in 1..=POLLS {
        let is_first = poll == 1;
        let changes = (0..MARKETS).filter(|market| is_first || i64::from(*market) % 5 == poll % 5);
        changes.for_each(|market| raw.push(&quote(poll * INTERVAL.0 - 1, market)));
    }
    let closes = vec![Some(Timestamp(i64::MAX)); MARKETS as usize];
    let mut group = criterion.benchmark_group("sampler");
    group.throughput(Throughput::Elements((POLLS - 1) as u64 * u64::from(MARKETS)));
    group.bench_function("45 markets, a fifth of them changed", |bencher| {
        let mut polled = Quotes::default();
        bencher.iter(|| {
            let Ok(mut sampler) = Sampler::new(INTERVAL, &closes, &[]) else { return };
            let mut row = 0;
            while row < raw.len() {
                polled.clear();
                row = sampler.push(black_box(&raw.all()), row, 65_536, &mut polled);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, on_quotes, sampler);
criterion_main!(benches);
