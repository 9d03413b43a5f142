#![allow(clippy::unwrap_used)]
use host_core::*; use host_core::strategy::*; use host_sandbox::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let cache = Cache::at("/tmp/hc2");
    let sandbox = Sandbox::new(SandboxLimits{memory_bytes: 1<<30, ..Default::default()}, cache).unwrap();
    let c = sandbox.load(path.as_ref()).unwrap();
    let seq = Sequence::generate(SequenceOptions { markets: 45, days: 6, poll_interval: Span::seconds(30), seed: 3 });
    let mut best = f64::MAX; let mut fuel = 0.0;
    let mut hash = 0u64;
    let mut mins: Vec<f64> = vec![];
    for _ in 0..12 {
        let mut s = c.start(&Settings { parameters: vec![], poll_interval: Span::seconds(30) }).unwrap();
        let mut d = Decisions::default();
        let mut row = 0; hash = 0; let mut i = 0;
        while row < seq.quotes.len() {
            let end = (row + 1500).min(seq.quotes.len());
            let t = std::time::Instant::now();
            s.on_batch(&Batch { markets: if row == 0 { &seq.markets } else { &[] }, quotes: seq.quotes.view(row..end), positions: &[], fills: &[] }, &mut d).unwrap();
            let e = t.elapsed().as_secs_f64() * 1e9;
            if mins.len() <= i { mins.push(e) } else { mins[i] = mins[i].min(e) }
            i += 1;
            for x in &d.scores { hash = hash.wrapping_mul(31).wrapping_add(x.to_bits()); }
            row = end;
        }
        fuel = s.usage().fuel as f64 / seq.quotes.len() as f64;
    }
    best = best.min(mins.iter().sum::<f64>() / seq.quotes.len() as f64);
    println!("{best:.1} ns/row fuel {fuel:.0} rows {} mem {} hash {hash:x}", seq.quotes.len(), c.start(&Settings { parameters: vec![], poll_interval: Span::seconds(30) }).unwrap().usage().memory_bytes);
}
