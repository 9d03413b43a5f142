//! The bindings that `wit-bindgen` generates from `wit/strategy.wit`: the only code here that may be `unsafe`.

#![allow(unsafe_code, missing_docs, missing_debug_implementations, clippy::all)]

/// The interface that every strategy exports.
pub mod guest {
    wit_bindgen::generate!({
        path: "wit/strategy.wit",
        world: "strategy",
        pub_export_macro: true,
        default_bindings_module: "strategy_sdk::__private::guest",
    });
}

/// The optional `state` interface, as a world of its own: a component that exports it is linked from both worlds.
pub mod state {
    wit_bindgen::generate!({
        inline: "package strategy:sdk; world state { export trading:strategy/state@1.0.0; }",
        path: "wit/strategy.wit",
        pub_export_macro: true,
        default_bindings_module: "strategy_sdk::__private::state",
    });
}

/// The optional `chart` interface of contract 1.1, likewise.
pub mod chart {
    wit_bindgen::generate!({
        path: "wit/chart",
        world: "charted",
        pub_export_macro: true,
        default_bindings_module: "strategy_sdk::__private::chart",
    });
}
