//! Counts the instances that a component makes, and the host's memory that they take: a small file can ask for ten of
//! what makes ten of what makes ten.

use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Instance, Payload,
};

use super::footprint::Footprint;
use crate::cap::{Cap, FixedCap};
use crate::limits::SandboxLimits;
use crate::refusal::{Refusal, within, within_fixed};

/// Most globals, of all modules together, with those that they import. The compiler fails on some modules of 32,000,
/// and the host keeps a hundred bytes for each; interpreters that are linked of many libraries have a few thousand.
const MOST_GLOBALS: u64 = 30_000;

/// Most bytes of the host's memory for one instance of a strategy, beside its linear memory and its tables. A run has
/// up to four instances of a strategy at a time, and the host must not take more than 64 MB beyond a slot's memory.
const MOST_BYTES: u64 = 8 << 20;

const COMPONENT_INSTANCE_BYTES: u64 = 512;
/// Bytes of a function that is passed from one component to another, for each side.
const CANONICAL_FUNCTION_BYTES: u64 = 64;

/// The components and modules that are open while a file is read from its begin to its end.
pub(super) struct InstanceCount<'a> {
    limits: &'a SandboxLimits,
    open: Vec<OpenPart>,
    globals: u64,
}

#[derive(Default)]
struct OpenPart {
    /// `None` for a component.
    module: Option<Footprint>,
    /// The instances that come with one of each component that is known here; `None` if that cannot be known.
    components: Vec<Option<Made>>,
    /// The bytes for an instance of each module that is known here, likewise.
    modules: Vec<Option<u64>>,
    made: Made,
}

/// The instances that come into being together, and the bytes of the host's memory that they take.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    instances: u64,
    bytes: u64,
}

impl Made {
    fn and(self, more: Made) -> Made {
        Made { instances: self.instances.saturating_add(more.instances), bytes: self.bytes.saturating_add(more.bytes) }
    }
}

impl<'a> InstanceCount<'a> {
    pub(super) fn new(limits: &'a SandboxLimits) -> InstanceCount<'a> {
        InstanceCount { limits, open: Vec::new(), globals: 0 }
    }

    /// Adds the next part of the file.
    pub(super) fn add(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding, .. } => self.begin(*encoding == Encoding::Module),
            Payload::End(_) => self.end(),
            _ => match self.open.last_mut() {
                Some(OpenPart { module: Some(module), .. }) => module.add(payload),
                _ => self.add_to_component(payload),
            },
        }
    }

    fn add_to_component(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    let bytes = self.bytes_of(&instance?)?;
                    self.count(Made { instances: 1, bytes })?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let more = self.made_by(&instance?)?;
                    self.count(more)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                let bytes = u64::from(section.count()).saturating_mul(CANONICAL_FUNCTION_BYTES);
                self.count(Made { instances: 0, bytes })?;
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.add_alias(&alias?);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    match import?.ty {
                        ComponentTypeRef::Component(_) => self.add_component(None),
                        ComponentTypeRef::Module(_) => self.add_module(None),
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.add_export(&export?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, is_module: bool) -> Result<(), Refusal> {
        self.open.push(OpenPart { module: is_module.then(Footprint::default), ..OpenPart::default() });
        let depth = self.open.len() - usize::from(is_module);
        within(Cap::Nesting, depth as u64, self.limits.nesting)
    }

    /// A component or a module that is over is known to the component around it.
    fn end(&mut self) -> Result<(), Refusal> {
        match self.open.pop() {
            Some(OpenPart { module: Some(module), .. }) => {
                self.globals = self.globals.saturating_add(module.globals);
                self.add_module(Some(module.bytes));
            }
            Some(OpenPart { module: None, made, .. }) => self.add_component(Some(made)),
            None => {}
        }
        within_fixed(FixedCap::Globals, self.globals, MOST_GLOBALS)
    }

    /// Returns the bytes for an instance of a module.
    fn bytes_of(&self, instance: &Instance<'_>) -> Result<u64, Refusal> {
        match instance {
            Instance::Instantiate { module_index, .. } => {
                self.module(0, *module_index).ok_or_else(|| passed_on("a module"))
            }
            // It only names what is there.
            Instance::FromExports(_) => Ok(0),
        }
    }

    /// Returns what comes into being with `instance`, itself included.
    fn made_by(&self, instance: &ComponentInstance<'_>) -> Result<Made, Refusal> {
        let itself = Made { instances: 1, bytes: COMPONENT_INSTANCE_BYTES };
        let ComponentInstance::Instantiate { component_index, .. } = instance else { return Ok(itself) };
        let made = self.component(0, *component_index).ok_or_else(|| passed_on("a component"))?;
        Ok(made.and(itself))
    }

    fn count(&mut self, more: Made) -> Result<(), Refusal> {
        let Some(frame) = self.open.last_mut() else { return Ok(()) };
        frame.made = frame.made.and(more);
        within(Cap::Instances, frame.made.instances, self.limits.instances)?;
        within_fixed(FixedCap::InstanceBytes, frame.made.bytes, MOST_BYTES)
    }

    fn add_alias(&mut self, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => self.add_component(None),
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. } => self.add_module(None),
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                self.add_component(self.component(*count as usize, *index));
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index } => {
                self.add_module(self.module(*count as usize, *index));
            }
            _ => {}
        }
    }

    /// An export gives what it exports another index.
    fn add_export(&mut self, export: &ComponentExport<'_>) {
        match export.kind {
            ComponentExternalKind::Component => self.add_component(self.component(0, export.index)),
            ComponentExternalKind::Module => self.add_module(self.module(0, export.index)),
            _ => {}
        }
    }

    fn add_component(&mut self, made: Option<Made>) {
        if let Some(frame) = self.open.last_mut() {
            frame.components.push(made);
        }
    }

    fn add_module(&mut self, bytes: Option<u64>) {
        if let Some(frame) = self.open.last_mut() {
            frame.modules.push(bytes);
        }
    }

    /// Returns what the component `index` makes, of the frame `outward` of the innermost one.
    fn component(&self, outward: usize, index: u32) -> Option<Made> {
        *self.frame(outward)?.components.get(index as usize)?
    }

    /// Returns the bytes for an instance of the module `index`, likewise.
    fn module(&self, outward: usize, index: u32) -> Option<u64> {
        *self.frame(outward)?.modules.get(index as usize)?
    }

    fn frame(&self, outward: usize) -> Option<&OpenPart> {
        self.open.len().checked_sub(outward + 1).and_then(|place| self.open.get(place))
    }
}

fn passed_on(what: &str) -> Refusal {
    let reason = "that was passed to it or taken from an instance; only those that it contains can be";
    Refusal::Invalid(format!("it instantiates {what} {reason}"))
}
