//! Attacks whose files would be large, or are damaged.

use crate::attack::Attack;
use crate::guests::{Guest, WIT, beside};

/// The verdict on a component that was compiled, and whose strategy is empty.
const COMPILED: &str = "inspect 5: does not match the contract";

/// The verdict on one whose compiling was given up.
const TOO_SLOW: &str =
    "inspect 1: s of processor time to validate and compile; `sandbox.compile_seconds` allows no more";

/// The verdict on one whose compiling takes too much memory.
const TOO_LARGE: &str = "inspect 1: `sandbox.compile_bytes` allows no more";

/// The verdict on one whose instances take too much of the host's memory.
const TOO_HEAVY: &str = "inspect 1: bytes of globals, functions, elements and other parts in its instances";

/// The verdict on one whose parts may be what they are.
const TRADES: &str = "backtest 0: ";

/// Returns strategies of large modules, which they make many instances of.
fn modules_times_instances() -> Vec<Attack> {
    let attack = |name: &str, verdict: &str, module: &str, times: usize| {
        let instances = "(core instance (instantiate $m))".repeat(times);
        let part = format!("(component (core module $m {module}) {instances})");
        Attack::new(name, verdict, beside(&Guest::default().component(), &part))
    };
    let elements = |segment: &str, of: &str, count: usize| format!("(func $f) ({segment} {})", of.repeat(count));
    vec![
        attack("globals-times-instances", TOO_HEAVY, &globals(20_000), 900),
        attack("globals-times-instances-below-the-limit", TRADES, &globals(19_000), 25),
        attack("elements-times-instances", TOO_HEAVY, &elements("elem func", "$f ", 90_000), 900),
        attack("elements-times-instances-below-the-limit", TRADES, &elements("elem func", "$f ", 550), 800),
        attack("nulls-times-instances", TOO_HEAVY, &elements("elem funcref", "(ref.null func) ", 90_000), 900),
        attack("data-segments-times-instances", TOO_HEAVY, &data_segments(90_000), 900),
        attack("data-segments-times-instances-below-the-limit", TRADES, &data_segments(9_000), 50),
        attack("functions-times-instances", TOO_HEAVY, &"(func)".repeat(10_000), 900),
        attack("exports-times-instances-below-the-limit", TRADES, &many_exports(20_000), 900),
    ]
}

pub fn attacks() -> Vec<Attack> {
    let mut attacks = shapes();
    attacks.extend(files());
    attacks.extend(modules_times_instances());
    let good = Guest::default().component();
    attacks.push(Attack::new("harmless", "backtest 0: ", good.clone()));
    attacks.push(Attack::new("cut-off", "inspect 1: damaged", good[..good.len() * 2 / 3].to_vec()));
    // A name that is no UTF-8, and a section that claims to be longer than the file.
    attacks.push(Attack::new("bad-name", "inspect 1: damaged", replaced(&good, b"trading:strategy/log", 0, 0xff)));
    let length = [b"\0asm\x0d\0\x01\0".as_slice(), &[7, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat();
    attacks.push(Attack::new("section-beyond-the-end", "inspect 1: damaged", length));
    let newer = Guest { wit: WIT.replace("@1.0.0", "@3.0.0"), version: "3.0.0", ..Guest::default() };
    attacks.push(Attack::new("contract-3", "inspect 1: this host runs `trading:strategy@1`", newer.component()));
    attacks
}

/// Components whose modules are large, or many.
fn shapes() -> Vec<Attack> {
    let module = |name: &str, verdict: &str, body: String| {
        let bytes = wat::parse_str(with_module(&body)).unwrap_or_else(|error| panic!("{name}: {error}"));
        Attack::new(name, verdict, bytes)
    };
    vec![
        Attack::new("nested-components", "inspect 1: `sandbox.nesting` allows 16", nested(1_000)),
        module("many-modules", COMPILED, ") (core module".repeat(900)),
        module("many-instances", "inspect 1: `sandbox.instances` allows 1000", many_instances(20_000)),
        module("locals-in-loops", "inspect 1: `sandbox.locals_by_blocks` allows", locals_in_loops(49_000, 15_000)),
        module("locals-in-loops-below-the-limit", COMPILED, locals_in_loops(3_000, 3_000)),
        module("many-functions-of-locals", TOO_SLOW, locals_in_loops(4_000, 4_000).repeat(60)),
        module("branch-tables", "inspect 1: `sandbox.branch_targets` allows", branch_tables(110, 8_000).repeat(5)),
        module("branch-tables-below-the-limit", COMPILED, branch_tables(60, 8_000)),
        module("one-huge-function", "inspect 1: `sandbox.function_bytes` allows", huge_function(400_000)),
        module("one-large-function", COMPILED, huge_function(150_000)),
        module("many-functions", "inspect 1: `sandbox.functions` allows", "(func)".repeat(300_000)),
        module("deep-blocks", TOO_SLOW, format!("(func {} {})", "block ".repeat(100_000), "end ".repeat(100_000))),
        module("many-types", COMPILED, "(type (func (param i32 i64 f32)))".repeat(200_000)),
        module("many-exports", COMPILED, many_exports(90_000)),
        module(
            "many-globals",
            "inspect 1: 200000 globals in its modules; no strategy may have more than 30000",
            globals(200_000),
        ),
        module("globals-below-the-limit", COMPILED, globals(30_000)),
        module("globals-by-globals-below-the-limit", COMPILED, chain_of_globals(15_000)),
        module("many-segments", TOO_LARGE, format!("{} ) (core module", data_segments(99_000)).repeat(60)),
        module("many-memories", "inspect 1: multiple memories", "(memory 1)".repeat(90)),
        module("many-tables", COMPILED, "(table 1 funcref)".repeat(90)),
        module(
            "huge-elements",
            TOO_LARGE,
            format!("(table 1 funcref) (func $f) (elem func {})", "$f ".repeat(1_000_000)),
        ),
        module("huge-data", COMPILED, format!("(memory 600) (data (i32.const 0) \"{}\")", "x".repeat(30_000_000))),
        module("hugest-data", COMPILED, format!("(memory 700) (data (i32.const 0) \"{}\")", "x".repeat(45_000_000))),
        module("hugest-passive-data", COMPILED, format!("(data \"{}\")", "x".repeat(45_000_000))),
        module(
            "deep-types-of-lists",
            "inspect 1: type nesting is too deep",
            format!(") {} (core module", deep_lists(2_000)),
        ),
        module(
            "types-that-double",
            "inspect 1: effective type size exceeds the limit",
            format!(") {} (core module", doubling_tuples(40)),
        ),
    ]
}

/// Files that are none, or no components.
fn files() -> Vec<Attack> {
    vec![
        Attack::new("huge-custom-section", COMPILED, with_custom_section(40 << 20)),
        Attack::new("empty", "inspect 1: the file is empty", Vec::new()),
        Attack::new("a-program", "inspect 1: native program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec()),
        Attack::new("text", "inspect 1: text form", b"(component)".to_vec()),
        Attack::new("noise", "inspect 1: does not start like WebAssembly", noise(100_000)),
        Attack::new("noise-behind-a-head", "inspect 1: damaged", [b"\0asm\x0d\0\x01\0", &noise(100_000)[..]].concat()),
        Attack::new("future-version", "inspect 1: version is unknown", b"\0asm\x0d\0\x02\0".to_vec()),
    ]
}

/// A component with an empty strategy and a module.
fn with_module(body: &str) -> String {
    let guest = r#"(instance $guest) (export "trading:strategy/guest@1.0.0" (instance $guest))"#;
    format!("(component {guest} (core module {body}))")
}

fn nested(depth: usize) -> Vec<u8> {
    let around = |inner: Vec<u8>| {
        let mut outer = wasm_encoder::Component::new();
        let id = wasm_encoder::ComponentSectionId::Component as u8;
        outer.section(&wasm_encoder::RawSection { id, data: &inner });
        outer.finish()
    };
    (0..depth).fold(wasm_encoder::Component::new().finish(), |inner, _| around(inner))
}

fn many_instances(count: usize) -> String {
    format!(") (core module $m) {} (core module", "(core instance (instantiate $m))".repeat(count))
}

/// Every local is alive in every loop.
fn locals_in_loops(locals: usize, loops: usize) -> String {
    let turn = "(loop (local.set 0 (i64.add (local.get 0) (local.get 1))) (br_if 0 (i64.eqz (local.get 2))))";
    format!("(func (local {}) {})", "i64 ".repeat(locals), turn.repeat(loops))
}

fn branch_tables(tables: usize, targets: usize) -> String {
    let table = format!("(block (br_table {} (i32.const 0)))", "0 1 ".repeat(targets / 2));
    format!("(func {})", table.repeat(tables))
}

fn huge_function(additions: usize) -> String {
    format!("(func (param i64) (result i64) local.get 0 {})", "local.get 0 i64.mul ".repeat(additions))
}

fn many_exports(count: usize) -> String {
    (0..count).map(|number| format!("(export \"e{number}\" (func $f))")).collect::<String>() + "(func $f)"
}

fn globals(count: usize) -> String {
    "(global (mut i64) (i64.const 1))".repeat(count)
}

/// Each begins with the value of the one before.
fn chain_of_globals(count: usize) -> String {
    let next = |number: usize| format!("(global $g{number} i64 (global.get $g{}))", number - 1);
    "(global $g0 i64 (i64.const 1))".to_owned() + &(1..count).map(next).collect::<String>()
}

fn data_segments(count: usize) -> String {
    "(data \"x\")".repeat(count)
}

fn deep_lists(depth: usize) -> String {
    let deeper = |number: usize| format!("(type $t{} (list $t{number}))", number + 1);
    "(type $t0 (list u8))".to_owned() + &(0..depth).map(deeper).collect::<String>()
}

fn doubling_tuples(times: usize) -> String {
    let doubled = |number: usize| format!("(type $t{} (tuple $t{number} $t{number}))", number + 1);
    "(type $t0 (tuple u8 u8))".to_owned() + &(0..times).map(doubled).collect::<String>()
}

fn with_custom_section(bytes: usize) -> Vec<u8> {
    let mut component = wat::parse_str(with_module("")).unwrap();
    let section = wasm_encoder::CustomSection { name: "notes".into(), data: noise(bytes).into() };
    wasm_encoder::ComponentSection::append_to_component(&section, &mut component);
    component
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

/// Returns `bytes` with another byte in place of the one at `offset` of each `pattern`.
fn replaced(bytes: &[u8], pattern: &[u8], offset: usize, byte: u8) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for (place, _) in bytes.windows(pattern.len()).enumerate().filter(|(_, found)| *found == pattern) {
        changed[place + offset] = byte;
    }
    changed
}
