//! x
use host_sandbox::*;
#[test]
#[ignore]
fn trial() {
    let dir = std::env::var("DIR").unwrap();
    let toolchain = match std::env::var("TC").as_deref() {
        Ok("debian") => ToolchainChoice::Debian,
        Ok("rustup") => ToolchainChoice::Rustup,
        Ok("installed") => ToolchainChoice::Installed,
        _ => ToolchainChoice::Automatic,
    };
    let cache = Cache::of_user();
    let t = std::time::Instant::now();
    let built = build(dir.as_ref(), &BuildOptions { toolchain, force: false }, &cache, &mut |p| {
        eprintln!("{:6.1} {p}", t.elapsed().as_secs_f64())
    });
    eprintln!("{:6.1}", t.elapsed().as_secs_f64());
    match built {
        Err(e) => panic!("{e}"),
        Ok(b) => {
            eprintln!("{b:?}");
            let sandbox = Sandbox::new(SandboxLimits::default(), cache).unwrap();
            for _ in 0..3 {
                let t = std::time::Instant::now();
                let c = sandbox.load(&b.path).unwrap();
                eprintln!("load {:?} {}", t.elapsed(), c.from_cache);
            }
            let c = sandbox.load(&b.path).unwrap();
            eprintln!("{:#?}", sandbox.inspect(&b.path));
            eprintln!("{:#?}", check(&c, &CheckOptions::default()));
        }
    }
}
