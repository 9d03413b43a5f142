use host_sandbox::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let toolchain = match a[2].as_str() { "debian" => ToolchainChoice::Debian, "rustup" => ToolchainChoice::Rustup, "installed" => ToolchainChoice::Installed, _ => ToolchainChoice::Automatic };
    let cache = Cache::of_user();
    let t = std::time::Instant::now();
    let built = build(a[1].as_ref(), &BuildOptions { toolchain, force: a.len() > 3 }, &cache, &mut |p| eprintln!("{:6.1} {p}", t.elapsed().as_secs_f64()));
    eprintln!("{:6.1}", t.elapsed().as_secs_f64());
    match built { Err(e) => println!("ERR {e}"), Ok(b) => {
        eprintln!("{b:?}");
        let sandbox = Sandbox::new(SandboxLimits::default(), cache).unwrap();
        for _ in 0..4 { let t = std::time::Instant::now(); let c = sandbox.load(&b.path).unwrap(); eprintln!("load {:?} {}", t.elapsed(), c.from_cache); }
        let c = sandbox.load(&b.path).unwrap();
        let r = check(&c, &CheckOptions::default()).unwrap();
        for f in &r.findings { println!("{} {} {}", f.passed, f.name, f.detail); }
        println!("signals {} scores {} fuel {} {} init {} fuel {:.2} ms mem {} ns/row {:.1}", r.signals, r.scores, r.fuel_per_row, r.fuel_per_row_in_bulk, r.init_fuel, r.init_ms, r.memory_bytes, r.nanoseconds_per_row);
    } }
}
