//! The cost of the boundary itself: calls of a guest that answers at once, with no signals, or with a score per row.
//! Divide by the number of rows for the cost of one.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a benchmark may stop")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use host_core::{Decisions, Strategy};
use host_sandbox::{Cache, Sandbox, SandboxLimits};
use support::{Guest, batch, quotes, settings};

const ROWS: [usize; 3] = [1, 45, 4_500];

/// Returns one score per row, from a fixed block of memory.
const SCORES: &str = "(call $answer (i32.const 0) (i32.const 512) (i32.load offset=20 (local.get $batch)))";

fn boundary(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxLimits::default(), Cache::at(folder.path())).unwrap();
    let guests = [("silent", "(call $ok)"), ("scores", SCORES)];
    for (name, on_batch) in guests {
        let guest = Guest { on_batch, pages: 32, ..Guest::default() };
        let component = sandbox.load_bytes(name, &guest.component()).unwrap();
        let mut strategy = component.start(&settings()).unwrap();
        let mut group = criterion.benchmark_group(format!("boundary/{name}"));
        for rows in ROWS {
            let quotes = quotes(rows);
            let mut decisions = Decisions::default();
            group.throughput(Throughput::Elements(rows as u64));
            group.bench_function(BenchmarkId::from_parameter(rows), |bencher| {
                bencher.iter(|| strategy.on_batch(black_box(&batch(&quotes)), &mut decisions).unwrap());
            });
        }
        group.finish();
    }
}

fn loading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxLimits::default(), Cache::at(folder.path())).unwrap();
    let bytes = Guest::default().component();
    let begun = Instant::now();
    sandbox.load_bytes("cold", &bytes).unwrap();
    println!("load, compiled: {:?}", begun.elapsed());
    criterion.bench_function("load, from the compile cache", |bencher| {
        bencher.iter(|| sandbox.load_bytes("warm", black_box(&bytes)).unwrap());
    });
    let component = sandbox.load_bytes("warm", &bytes).unwrap();
    criterion.bench_function("start an instance", |bencher| {
        bencher.iter(|| component.start(&settings()).unwrap());
    });
}

criterion_group!(benches, boundary, loading);
criterion_main!(benches);
