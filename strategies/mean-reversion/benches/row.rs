//! The time per row of the strategy compiled natively: 45 markets polled every 30 seconds, all windows full.
//! `cargo bench -p mean-reversion`

#![allow(clippy::expect_used, reason = "a helper of tests may fail loudly")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mean_reversion::MeanReversion;
use strategy_sdk::harness::{RandomWalk, Run, feed};

const MARKETS: usize = 45;
const FULL_POLLS: usize = 10_100;
const POLLS: usize = 1_000;

fn rows(criterion: &mut Criterion) {
    let walk = RandomWalk { markets: MARKETS as u32, polls: (FULL_POLLS + POLLS) as u32, ..RandomWalk::default() };
    let tape = walk.tape();
    let mut warm = Run::<MeanReversion>::new(&tape).start().expect("the defaults are allowed");
    let full_rows = FULL_POLLS * MARKETS;
    feed(&mut warm, &tape, 0..full_rows, 4_500).expect("the strategy answers as the host demands");
    let mut group = criterion.benchmark_group("mean_reversion");
    group.throughput(Throughput::Elements((POLLS * MARKETS) as u64)).sample_size(50);
    group.bench_function("row", |bencher| {
        bencher.iter_batched_ref(
            || warm.clone(),
            |strategy| feed(strategy, &tape, full_rows..tape.len(), 4_500),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, rows);
criterion_main!(benches);
