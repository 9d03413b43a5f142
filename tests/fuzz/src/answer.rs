//! The answers of strategies, as bytes in their own memory: a component that answers a batch with the state that it
//! was given, whatever that is.

use std::sync::LazyLock;

use host_core::Decisions;
use host_core::strategy::SavedState;
use host_sandbox::StrategyComponent;

use super::guests::{self, Guest};

/// Rows of the batch that is answered.
const ROWS: usize = 2;
/// Place of the state in the component's memory: its schema, of four bytes, comes first.
const AT: u32 = 8_196;

static COMPONENT: LazyLock<Option<StrategyComponent>> = LazyLock::new(|| {
    let guest = Guest {
        world: "stateful-strategy",
        on_batch: "(global.get $given)",
        more: r#"(global $given (mut i32) (i32.const 0))
            (func (export "trading:strategy/state@1.0.0#save") (result i32)
              (call $refuse (i32.const 16) (i32.const 4)))
            (func (export "trading:strategy/state@1.0.0#restore") (param i32 i32 i32 i32 i32) (result i32)
              (global.set $given (local.get 3)) (call $finish))"#,
        ..Guest::default()
    };
    guests::load(&guest).ok()
});

/// Lets a strategy answer `bytes`. Returns the decisions if they keep the contract.
pub fn decided(bytes: &[u8]) -> Option<Decisions> {
    let mut strategy = COMPONENT.as_ref()?.start(&guests::settings()).ok()?;
    let saved = SavedState { schema: "demo".to_owned(), version: 1, payload: bytes.to_vec() };
    strategy.restore(&saved).ok()?;
    let decisions = guests::decide(&mut strategy, ROWS).ok()?;
    decisions.validate(ROWS).ok().map(|()| decisions)
}

/// Returns an answer with a signal that has a price and a figure, and with two scores.
pub fn seed() -> Vec<u8> {
    let (signal, scores, figure) = (AT + 20, AT + 60, AT + 76);
    let mut bytes = Vec::new();
    // No error; the signals and the scores, each as place and length.
    [0, signal, 1, scores, 2].iter().for_each(|word: &u32| bytes.extend(word.to_le_bytes()));
    // Row 1, sell, with a price, confidence, and one figure.
    [1, 1, 1, 0].iter().for_each(|word: &u32| bytes.extend(word.to_le_bytes()));
    [0.4, 0.5].iter().for_each(|number: &f64| bytes.extend(number.to_le_bytes()));
    [figure, 1].iter().for_each(|word: &u32| bytes.extend(word.to_le_bytes()));
    [0.25, -1.0].iter().for_each(|number: &f64| bytes.extend(number.to_le_bytes()));
    // Its name, which lies in the component itself, and its value.
    [16, 4].iter().for_each(|word: &u32| bytes.extend(word.to_le_bytes()));
    bytes.extend(7.0_f64.to_le_bytes());
    bytes
}
