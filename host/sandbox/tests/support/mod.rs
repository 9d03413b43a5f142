//! Guests written by hand: core modules in text form, combined with the contract's types and turned into components.
//!
//! `Guest::default()` is a well-behaved strategy without signals; each test replaces the part that misbehaves.
#![allow(dead_code, clippy::unwrap_used, reason = "each test and benchmark uses a part, and may stop")]

use host_core::strategy::Batch;
use host_core::{Decisions, Quotes, Span};
use host_sandbox::{Cache, LoadError, Sandbox, SandboxLimits, SandboxedStrategy, Settings, StrategyComponent};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentInstanceSection,
    ComponentSection as _, ComponentSectionId, RawSection,
};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{PackageId, Resolve};

/// The addition of contract 1.1.
const CHART: &str = include_str!("../../../../wit/chart/chart.wit");
/// A world of both: guests of the world `charted` export the lines too.
const BOTH: &str = "package test:both; world charted { include trading:strategy/strategy@1.0.0; \
                    include trading:strategy/charted@1.1.0; }";

/// A world whose strategies leave a part of their work to another component, and the world of that component.
const PARTS: &str = "package test:parts@1.0.0; \
                     interface model { score: func(prices: list<f64>, label: string) -> list<f64>; } \
                     world outer { include trading:strategy/strategy@1.0.0; import model; } \
                     world inner { export model; }";

const GUEST: &str = "trading:strategy/guest@1.0.0";
/// The interface between the two.
const MODEL: &str = "test:parts/model@1.0.0";

pub const WIT: &str = include_str!("../../../../wit/strategy.wit");

/// The bodies of the exported functions, in WebAssembly text. They can call these helpers: `$say` logs, `$signal`
/// writes a signal, `$answer` returns the signals written and scores, `$ok` returns neither, `$finish` ends `init` with
/// success, `$refuse` returns an error, `$grow` grows the memory.
pub struct Guest {
    pub describe: &'static str,
    pub init: &'static str,
    pub on_batch: &'static str,
    /// More functions, data or exports.
    pub more: &'static str,
    /// More functions of the host's or of another component's.
    pub imports: &'static str,
    /// Runs when the host has read the answer to a batch.
    pub post: &'static str,
    /// Runs first whenever the host asks for memory.
    pub realloc: &'static str,
    pub pages: u32,
    pub world: &'static str,
    /// The contract that the guest is built against.
    pub wit: String,
    pub version: &'static str,
    /// The core type of `init`'s poll interval.
    pub poll: &'static str,
}

impl Default for Guest {
    fn default() -> Guest {
        Guest {
            describe: "(i32.const 128)",
            init: "(call $finish)",
            on_batch: "(call $ok)",
            more: "",
            imports: "",
            post: "(global.set $heap (i32.const 8192))",
            realloc: "",
            pages: 1,
            world: "strategy",
            wit: WIT.to_owned(),
            version: "1.0.0",
            poll: "i64",
        }
    }
}

impl Guest {
    pub fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.text()).unwrap();
        let mut resolve = Resolve::default();
        let mut package = resolve.push_str("strategy.wit", &self.wit).unwrap();
        if self.world == "charted" {
            resolve.push_str("chart.wit", CHART).unwrap();
            package = resolve.push_str("both.wit", BOTH).unwrap();
        }
        if self.world == "outer" {
            package = resolve.push_str("parts.wit", PARTS).unwrap();
        }
        encode(&mut module, &resolve, package, self.world)
    }

    fn text(&self) -> String {
        let Guest { describe, init, on_batch, more, imports, post, realloc, pages, version, poll, .. } = self;
        let guest = format!("trading:strategy/guest@{version}");
        format!(
            r#"(module
  (import "trading:strategy/log@{version}" "write" (func $log (param i32 i32 i32)))
  {imports}
  (memory (export "memory") {pages})
  (global $heap (mut i32) (i32.const 8192))
  (data (i32.const 16) "demo") (data (i32.const 24) "1.2.3") (data (i32.const 32) "A test.")
  ;; The manifest: name, version, summary, no parameters, no warm-up, no feedback.
  (data (i32.const 128) "\10\00\00\00\04\00\00\00\18\00\00\00\05\00\00\00\20\00\00\00\07\00\00\00")
  (func $realloc (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    {realloc}
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
                            (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
      (then (call $grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
    (local.get $at))
  (func $grow (param $pages i32) (drop (memory.grow (local.get $pages))))
  (func $say (param $level i32) (param $at i32) (param $length i32)
    (call $log (local.get $level) (local.get $at) (local.get $length)))
  (func $finish (result i32) (i32.store8 (i32.const 256) (i32.const 0)) (i32.const 256))
  (func $refuse (param $at i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 256) (i32.const 1))
    (i32.store (i32.const 260) (local.get $at)) (i32.store (i32.const 264) (local.get $length)) (i32.const 256))
  (func $answer (param $signals i32) (param $scores i32) (param $score_count i32) (result i32)
    (i32.store8 (i32.const 256) (i32.const 0))
    (i32.store (i32.const 260) (i32.const 512)) (i32.store (i32.const 264) (local.get $signals))
    (i32.store (i32.const 268) (local.get $scores)) (i32.store (i32.const 272) (local.get $score_count))
    (i32.const 256))
  (func $ok (result i32) (call $answer (i32.const 0) (i32.const 0) (i32.const 0)))
  (func $signal (param $index i32) (param $row i32) (param $confidence f64)
    (local $at i32)
    (local.set $at (i32.add (i32.const 512) (i32.mul (local.get $index) (i32.const 40))))
    (i32.store (local.get $at) (local.get $row))
    (f64.store offset=24 (local.get $at) (local.get $confidence)))
  (func (export "{guest}#describe") (result i32) {describe})
  (func (export "{guest}#init") (param $parameters i32) (param $count i32) (param $poll {poll}) (result i32) {init})
  (func (export "{guest}#on-batch") (param $batch i32) (result i32) {on_batch})
  (func (export "cabi_post_{guest}#on-batch") (param i32) {post})
  {more})"#
        )
    }
}

fn encode(module: &mut Vec<u8>, resolve: &Resolve, package: PackageId, world: &str) -> Vec<u8> {
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    embed_component_metadata(module, resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default().module(module).unwrap().validate(true).encode().unwrap()
}

/// Returns a component that exports `model`: `module` is its code.
pub fn model(module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    let mut resolve = Resolve::default();
    resolve.push_str("strategy.wit", WIT).unwrap();
    let package = resolve.push_str("parts.wit", PARTS).unwrap();
    encode(&mut module, &resolve, package, "inner")
}

/// Returns a component of two: `outer`, a strategy that imports `model`, and `inner`, which exports it.
pub fn compose(outer: &[u8], inner: &[u8]) -> Vec<u8> {
    let mut composed = Component::new();
    for payload in Parser::new(0).parse_all(outer) {
        let payload = payload.unwrap();
        match &payload {
            Payload::ModuleSection { .. } => break,
            Payload::ComponentImportSection(section) => {
                let import = section.clone().into_iter().next().unwrap().unwrap().name.name;
                if import == MODEL {
                    continue;
                }
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            composed.section(&RawSection { id, data: &outer[range] });
        }
    }
    for part in [outer, inner] {
        composed.section(&RawSection { id: ComponentSectionId::Component as u8, data: part });
    }
    let kind = ComponentExportKind::Instance;
    let take = |composed: &mut Component, instance: u32, name: &str| {
        composed.section(ComponentAliasSection::new().alias(Alias::InstanceExport { instance, kind, name }));
    };
    composed.section(ComponentInstanceSection::new().instantiate(1, Vec::<(&str, ComponentExportKind, u32)>::new()));
    take(&mut composed, 2, MODEL);
    let given = [("trading:strategy/log@1.0.0", 0), ("trading:strategy/types@1.0.0", 1), (MODEL, 3)];
    let given = given.map(|(name, index)| (name, kind, index));
    composed.section(ComponentInstanceSection::new().instantiate(0, given));
    take(&mut composed, 4, GUEST);
    let mut exports = ComponentExportSection::new();
    exports.export(GUEST, kind, 5, None);
    composed.section(&exports);
    composed.finish()
}

/// Returns `strategy` with a component in text form beside it, of which it makes an instance.
pub fn beside(strategy: &[u8], part: &str) -> Vec<u8> {
    let (mut depth, mut known) = (0, 0);
    for payload in Parser::new(0).parse_all(strategy) {
        match payload.unwrap() {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentSection { .. } if depth == 1 => known += 1,
            _ => {}
        }
    }
    let (id, part) = (ComponentSectionId::Component as u8, wat::parse_str(part).unwrap());
    let mut made = ComponentInstanceSection::new();
    made.instantiate(known, Vec::<(&str, ComponentExportKind, u32)>::new());
    let mut both = strategy.to_vec();
    RawSection { id, data: &part }.append_to_component(&mut both);
    made.append_to_component(&mut both);
    both
}

/// Small limits, so that tests that exhaust them are fast.
pub fn limits() -> SandboxLimits {
    SandboxLimits {
        memory_bytes: 8 << 20,
        fuel_start: 10_000_000,
        fuel_base: 10_000_000,
        fuel_per_row: 1_000,
        ..SandboxLimits::default()
    }
}

/// Returns a sandbox with a compile cache of its own, which exists until the folder is dropped.
pub fn sandbox() -> (Sandbox, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Sandbox::new(limits(), Cache::at(folder.path())).unwrap(), folder)
}

pub fn load(guest: &Guest) -> Result<StrategyComponent, LoadError> {
    let (sandbox, _folder) = sandbox();
    sandbox.load_bytes("demo.wasm", &guest.component())
}

pub fn settings() -> Settings {
    Settings { parameters: Vec::new(), poll_interval: Span::seconds(30) }
}

pub fn start(guest: &Guest) -> Result<SandboxedStrategy, LoadError> {
    load(guest)?.start(&settings())
}

/// Returns `rows` quotes of five markets, polled every 30 seconds.
pub fn quotes(rows: usize) -> Quotes {
    let mut quotes = Quotes::default();
    for row in 0..rows {
        quotes.market.push(row as u32 % 5);
        quotes.time.push(row as i64 / 5 * 30_000_000_000);
        for column in [&mut quotes.bid, &mut quotes.ask, &mut quotes.last] {
            column.push(0.4 + (row % 7) as f64 / 100.0);
        }
        for column in [&mut quotes.bid_size, &mut quotes.ask_size, &mut quotes.volume] {
            column.push(100.0);
        }
    }
    quotes
}

pub fn batch(quotes: &Quotes) -> Batch<'_> {
    Batch { markets: &[], quotes: quotes.all(), positions: &[], fills: &[] }
}

pub fn decide(strategy: &mut dyn host_core::Strategy, rows: usize) -> Result<Decisions, host_core::Fault> {
    let mut decisions = Decisions::default();
    strategy.on_batch(&batch(&quotes(rows)), &mut decisions).map(|()| decisions)
}
