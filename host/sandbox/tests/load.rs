//! Files that are no strategy are refused with a specific message before any of their code runs. Strategies are
//! compiled once and then served from the cache.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod support;

use std::os::unix::fs::PermissionsExt;

use host_core::strategy::ParameterValue;
use host_sandbox::{Cache, Sandbox, SandboxLimits, Settings};
use support::{Guest, WIT, decide, load, sandbox, settings};

fn check(bytes: &[u8], expect: &str) {
    let (sandbox, _folder) = sandbox();
    let error = sandbox.load_bytes("demo.wasm", bytes).unwrap_err().to_string();
    assert!(error.contains(expect), "{error:?} should contain {expect:?}");
    assert!(error.contains("demo.wasm"), "{error:?} should name the file");
}

#[test]
fn a_file_that_is_no_component_is_identified() {
    check(b"", "the file is empty");
    check(b"time,market,bid,ask\n", "does not start like WebAssembly");
    check(b"(module)", "text form");
    check(b"\n  (component)", "text form");
    check(&wat::parse_str("(module)").unwrap(), "core WebAssembly module");
    check(b"\0asm", "cut off");
    check(b"\x7fELF\x02\x01\x01\x00 and so on", "native program");
}

#[test]
fn machine_code_is_refused_even_if_the_engine_made_it() {
    let (sandbox, folder) = sandbox();
    sandbox.load_bytes("demo.wasm", &Guest::default().component()).unwrap();
    let kept = std::fs::read_dir(folder.path().join("compiled")).unwrap().next().unwrap().unwrap();
    let kept = std::fs::read(kept.path()).unwrap();
    // It stands behind the entry's tag, and the list of imports and exports.
    let code = kept.windows(4).position(|bytes| bytes == b"\x7fELF").unwrap();
    check(&kept[code..], "machine code");
}

#[test]
fn damaged_components_are_refused_wherever_the_damage_is() {
    let good = Guest::default().component();
    let (sandbox, _folder) = sandbox();
    for length in (8..good.len()).step_by(3) {
        match sandbox.load_bytes("demo.wasm", &good[..length]).map_err(|error| error.to_string()) {
            Err(error) => assert!(error.contains("damaged") || error.contains("cut off"), "{length} bytes: {error}"),
            // Only the function names, which come last, were cut off.
            Ok(component) => assert!(decide(&mut component.start(&settings()).unwrap(), 3).is_ok()),
        }
    }
    // A component with a flipped byte may still be valid by chance. It must load or be refused, and never panic.
    for place in (8..good.len()).step_by(61) {
        let mut bad = good.clone();
        bad[place] ^= 0x55;
        let _ = sandbox.load_bytes("demo.wasm", &bad);
    }
}

#[test]
fn features_that_could_differ_between_machines_are_refused() {
    // The contract is looked at first.
    let guest = r#"(instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))"#;
    let core = |body: &str| wat::parse_str(format!("(component {guest} (core module {body}))")).unwrap();
    check(&core("(memory 1 1 shared)"), "shared");
    check(&core("(memory i64 1)"), "memory64");
    check(&core("(memory 1) (memory 1)"), "multiple memories");
    let relaxed = "(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))";
    check(&core(relaxed), "relaxed");
}

#[test]
fn imports_beyond_the_contract_are_named() {
    let wasi = r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance (export "now" (func))))
                             (import "wasi:random/random@0.2.0" (instance (export "get" (func)))))"#;
    check(&wat::parse_str(wasi).unwrap(), "wasi:clocks/wall-clock@0.2.0, wasi:random/random@0.2.0");
    let function = r#"(component (import "place-order" (func)))"#;
    check(&wat::parse_str(function).unwrap(), "place-order");
}

#[test]
fn another_contract_is_named() {
    let newer = Guest { wit: WIT.replace("@1.0.0", "@2.0.0"), version: "2.0.0", ..Guest::default() };
    check(&newer.component(), "@2.0.0`; this host runs `trading:strategy@1`");
    check(&wat::parse_str("(component)").unwrap(), "exports no `trading:strategy/guest@1.0.0`");
    // The right name with different types.
    let changed = WIT.replace("poll-interval: duration", "poll-interval: f64");
    let guest = Guest { wit: changed, poll: "f64", ..Guest::default() };
    check(&guest.component(), "does not match the contract");
}

#[test]
fn a_file_beyond_the_size_limit_is_not_even_read() {
    let folder = tempfile::tempdir().unwrap();
    let limits = SandboxLimits { component_bytes: 100, ..SandboxLimits::default() };
    let sandbox = Sandbox::new(limits, Cache::at(folder.path())).unwrap();
    let path = folder.path().join("big.wasm");
    std::fs::write(&path, Guest::default().component()).unwrap();
    let error = sandbox.load(&path).unwrap_err().to_string();
    assert!(error.contains("`component_bytes` allows 100"), "{error}");
    let error = sandbox.load(&folder.path().join("none.wasm")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read") && error.contains("none.wasm"), "{error}");
}

#[test]
fn the_compile_cache_serves_the_next_process_and_survives_damage() {
    let folder = tempfile::tempdir().unwrap();
    let component = Guest::default().component();
    let from_cache = || {
        let sandbox = Sandbox::new(support::limits(), Cache::at(folder.path())).unwrap();
        let component = sandbox.load_bytes("demo.wasm", &component).unwrap();
        component.start(&settings()).unwrap();
        component.from_cache
    };
    assert_eq!((from_cache(), from_cache()), (false, true));
    let entry = std::fs::read_dir(folder.path().join("compiled")).unwrap().next().unwrap().unwrap().path();
    let good = std::fs::read(&entry).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for damaged in [&flipped[..], &good[..good.len() / 2], &good[..10], &[]] {
        std::fs::write(&entry, damaged).unwrap();
        assert_eq!((from_cache(), from_cache()), (false, true), "{} bytes left", damaged.len());
    }
}

#[test]
fn an_entry_is_used_only_under_the_name_that_it_was_kept_under() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, key) = (folder.path().join("cache"), folder.path().join("state"));
    let load = |bytes: &[u8]| {
        let sandbox = Sandbox::new(support::limits(), Cache::at(&cache).with_key_in(&key)).unwrap();
        let component = sandbox.load_bytes("demo.wasm", bytes).unwrap();
        (component.from_cache, decide(&mut component.start(&settings()).unwrap(), 3).is_ok())
    };
    let good = Guest::default().component();
    let bad = Guest { on_batch: "(unreachable)", ..Guest::default() }.component();
    let entry = |bytes: &[u8]| {
        let is_its = |path: &std::path::PathBuf| {
            path.file_name().unwrap().to_str().unwrap().starts_with(&host_sandbox::digest(bytes))
        };
        std::fs::read_dir(cache.join("compiled")).unwrap().map(|entry| entry.unwrap().path()).find(is_its).unwrap()
    };
    assert_eq!((load(&good), load(&bad), load(&good)), ((false, true), (false, false), (true, true)));
    std::fs::copy(entry(&bad), entry(&good)).unwrap();
    assert_eq!((load(&good), load(&good)), ((false, true), (true, true)), "the code of another component");
    // Another user's host has another key, whatever it has kept here.
    std::fs::remove_dir_all(&key).unwrap();
    assert_eq!((load(&good), load(&good)), ((false, true), (true, true)), "another key");
    std::fs::set_permissions(entry(&good), std::fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!((load(&good), load(&good)), ((false, true), (true, true)), "others could have written it");
}

#[test]
fn a_cache_that_cannot_be_written_does_not_prevent_loading() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    let sandbox = Sandbox::new(support::limits(), Cache::at(folder.path().join("file"))).unwrap();
    assert!(!sandbox.load_bytes("demo.wasm", &Guest::default().component()).unwrap().from_cache);
}

#[test]
fn inspection_describes_a_component() {
    let (sandbox, folder) = sandbox();
    let path = folder.path().join("demo.wasm");
    std::fs::write(&path, Guest::default().component()).unwrap();
    let inspection = sandbox.inspect(&path).unwrap();
    let manifest = &inspection.manifest;
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("demo", "1.2.3"));
    assert_eq!(inspection.exports, ["trading:strategy/guest@1.0.0"]);
    assert!(inspection.imports.iter().all(|import| import.starts_with("trading:strategy/")), "{inspection:?}");
    assert_eq!((inspection.digest.len(), inspection.has_state, inspection.cached), (64, false, false));
    assert!(sandbox.inspect(&path).unwrap().cached);
    let json = serde_json::to_value(&inspection).unwrap();
    assert_eq!(json["manifest"]["summary"], "A test.");
}

#[test]
fn unknown_parameters_are_refused_before_the_strategy_runs() {
    let component = load(&Guest { init: "(unreachable)", ..Guest::default() }).unwrap();
    let given = Settings { parameters: vec![("span".into(), ParameterValue::Integer(3))], ..settings() };
    let error = component.start(&given).unwrap_err().to_string();
    assert_eq!(error, "demo has no parameter `span`; it has none");
}
