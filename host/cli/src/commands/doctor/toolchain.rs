//! The toolchain that turns a strategy's crate into a component.

use host_sandbox::{Cache, ready_toolchain};

use super::diagnosis::Diagnosis;

/// Looks for a compiler with the target, without the network.
pub fn look(cache: &Cache) -> Vec<Diagnosis> {
    vec![match ready_toolchain(cache) {
        Ok(name) => Diagnosis::ok("toolchain", format!("{name} builds strategies")),
        Err(reason) => Diagnosis::warning(
            "toolchain_missing",
            format!("crates of strategies cannot be built at once: {reason}; components (.wasm) run all the same"),
            "rustup target add wasm32-unknown-unknown\n(Rust itself: https://rustup.rs; a build on Debian fetches \
             Debian's compiler if there is no rustup)",
        ),
    }]
}
