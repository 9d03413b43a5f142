//! Static checks of a file before anything is compiled: its format, its validity, its imports and exports.
//!
//! Nothing here may execute a guest's code.

use host_core::foreign;
use serde::{Deserialize, Serialize};
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};
use wasmtime::Engine;

use crate::error::LoadError;
use crate::refusal::Refusal;

/// The contract's package. A component is a strategy if it exports the package's `guest` interface.
const PACKAGE: &str = "trading:strategy/";
/// Major version of the contract that this host runs.
const MAJOR: &str = "1";
/// The interfaces that a strategy may import: the log, and the types, which contain no functions.
const ALLOWED_IMPORTS: [&str; 2] = ["trading:strategy/log", "trading:strategy/types"];

/// Most imports that a refusal names, and most letters of each.
const MOST_NAMED: usize = 8;
const MOST_LETTERS: usize = 80;

/// The imports and exports of a component, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Surface {
    pub imports: Vec<String>,
    pub exports: Vec<String>,
}

/// Checks that `bytes` are a binary component.
///
/// # Errors
/// A [`LoadError`] that says what they are instead.
pub(crate) fn require_component(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let name = name.to_owned();
    let not = |found| Err(LoadError::NotWasm { name: name.clone(), found });
    match bytes {
        [] => not("the file is empty"),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(LoadError::CoreModule { name }),
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', ..] => not("its WebAssembly version is unknown, or the file is cut off"),
        _ if Engine::detect_precompiled(bytes).is_some() => Err(LoadError::Precompiled { name }),
        [0x7f, b'E', b'L', b'F', ..] => not("it is a native program or library"),
        _ if looks_like_text_format(bytes) => Err(LoadError::TextFormat { name }),
        _ => not("it does not start like WebAssembly; give a `.wasm` component or a strategy's crate folder"),
    }
}

fn looks_like_text_format(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.starts_with(b"(component") || text.starts_with(b"(module") || text.starts_with(b";;")
}

/// Validates every byte against the features that strategies may use: those of `engine`, but for the several memories
/// of a module, which the engine needs itself.
///
/// # Errors
/// The first violation and its offset.
pub(crate) fn validate(bytes: &[u8], engine: &Engine) -> Result<(), Refusal> {
    let features = engine.get_wasm_features().difference(WasmFeatures::MULTI_MEMORY);
    Validator::new_with_features(features).validate_all(bytes)?;
    Ok(())
}

/// Reads the imports and exports of a component.
///
/// # Errors
/// It cannot be read to its end.
pub(crate) fn surface(bytes: &[u8]) -> Result<Surface, Refusal> {
    let mut surface = Surface::default();
    // Only the outermost component's imports and exports reach the host.
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { encoding: Encoding::Module | Encoding::Component, .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    surface.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    surface.exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(surface)
}

/// Refuses a component that imports more than the contract allows, or that was built for another contract.
///
/// # Errors
/// The foreign imports, the other contract, or that it is no strategy.
pub(crate) fn require_contract(surface: &Surface) -> Result<(), Refusal> {
    let allowed = |import: &&String| ALLOWED_IMPORTS.contains(&interface(import));
    let others = || surface.imports.iter().filter(|import| !allowed(import));
    let named: Vec<_> = others().take(MOST_NAMED).map(|import| foreign::line(import, MOST_LETTERS)).collect();
    if !named.is_empty() {
        let more = others().count().checked_sub(MOST_NAMED).filter(|more| *more > 0);
        let more = more.map(|more| format!("and {more} more"));
        return Err(Refusal::ForeignImports(named.into_iter().chain(more).collect()));
    }
    if let Some(found) = surface.imports.iter().chain(&surface.exports).find(|item| !is_supported(item)) {
        return Err(Refusal::WrongContract(found.clone()));
    }
    if !surface.exports.iter().any(|export| interface(export) == "trading:strategy/guest") {
        return Err(Refusal::NoGuest);
    }
    Ok(())
}

/// Returns the name of an interface without its version: `trading:strategy/log` for `trading:strategy/log@1.0.0`.
fn interface(item: &str) -> &str {
    item.split('@').next().unwrap_or(item)
}

/// Returns false if `item` is an interface of the contract in another major version than the one that this host runs.
fn is_supported(item: &str) -> bool {
    !item.starts_with(PACKAGE) || item.split('@').nth(1).and_then(|version| version.split('.').next()) == Some(MAJOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(imports: &[&str], exports: &[&str], expect: &str) {
        let owned = |items: &[&str]| items.iter().map(|&item| item.to_owned()).collect();
        let surface = Surface { imports: owned(imports), exports: owned(exports) };
        let found = match require_contract(&surface) {
            Ok(()) => "fine".to_owned(),
            Err(refusal) => refusal.of("x.wasm").to_string(),
        };
        assert!(found.contains(expect), "{found:?} should contain {expect:?}");
    }

    #[test]
    fn only_the_log_and_the_types_may_be_imported() {
        let guest = ["trading:strategy/guest@1.0.0"];
        check(&["trading:strategy/log@1.0.0", "trading:strategy/types@1.3.0"], &guest, "fine");
        check(&["wasi:clocks/wall-clock@0.2.0"], &guest, "wasi:clocks/wall-clock@0.2.0");
        check(&["trading:strategy/orders@1.0.0"], &guest, "trading:strategy/orders@1.0.0");
        check(&["trading:strategy/log-and-more@1.0.0"], &guest, "log-and-more");
        check(&["evil:trading/strategy@1.0.0"], &guest, "evil:trading");
        check(&["trading:strategy/guest@1.0.0"], &guest, "may import only");
    }

    #[test]
    fn another_major_version_is_named() {
        check(&[], &["trading:strategy/guest@2.0.0"], "built for `trading:strategy/guest@2.0.0`");
        check(&["trading:strategy/log@0.9.0"], &["trading:strategy/guest@1.0.0"], "log@0.9.0");
        check(&[], &["trading:strategy/guest"], "built for `trading:strategy/guest`");
        check(&[], &["trading:strategy/guest@1.7.2"], "fine");
    }

    #[test]
    fn a_component_without_a_guest_is_no_strategy() {
        check(&[], &["trading:strategy/state@1.0.0"], "no strategy");
        check(&[], &[], "no strategy");
    }
}
