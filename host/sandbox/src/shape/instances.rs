//! Counts the instances that a component makes: a small file can ask for ten of what makes ten of what makes ten.

use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Payload,
};

use crate::cap::Cap;
use crate::limits::SandboxLimits;
use crate::refusal::{Refusal, within};

/// The components and modules that are open while a file is read from its begin to its end.
pub(super) struct InstanceCount<'a> {
    limits: &'a SandboxLimits,
    open: Vec<OpenPart>,
}

#[derive(Default)]
struct OpenPart {
    is_module: bool,
    /// The instances that each component that is known here makes; `None` if it cannot be known.
    components: Vec<Option<u64>>,
    instances: u64,
}

impl<'a> InstanceCount<'a> {
    pub(super) fn new(limits: &'a SandboxLimits) -> InstanceCount<'a> {
        InstanceCount { limits, open: Vec::new() }
    }

    /// Adds the next part of the file.
    pub(super) fn add(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding, .. } => return self.begin(*encoding == Encoding::Module),
            Payload::End(_) => self.end(),
            Payload::InstanceSection(section) => self.count(u64::from(section.count()))?,
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let more = self.made_by(&instance?)?;
                    self.count(more)?;
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.add_alias(&alias?);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    if matches!(import?.ty, ComponentTypeRef::Component(_)) {
                        self.add_component(None);
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
        self.open.push(OpenPart { is_module, ..OpenPart::default() });
        let depth = self.open.len() - usize::from(is_module);
        within(Cap::Nesting, depth as u64, self.limits.nesting)
    }

    /// A component that is over is known to the one around it.
    fn end(&mut self) {
        if let Some(OpenPart { is_module: false, instances, .. }) = self.open.pop() {
            self.add_component(Some(instances));
        }
    }

    /// Returns the instances that come into being with `instance`, itself included.
    fn made_by(&self, instance: &ComponentInstance<'_>) -> Result<u64, Refusal> {
        let ComponentInstance::Instantiate { component_index, .. } = instance else { return Ok(1) };
        let made = self.component(0, *component_index).ok_or_else(|| {
            let what = "it instantiates a component that was passed to it or taken from an instance";
            Refusal::Invalid(format!("{what}; only those that it contains can be"))
        })?;
        Ok(made.saturating_add(1))
    }

    fn count(&mut self, more: u64) -> Result<(), Refusal> {
        let Some(frame) = self.open.last_mut() else { return Ok(()) };
        frame.instances = frame.instances.saturating_add(more);
        within(Cap::Instances, frame.instances, self.limits.instances)
    }

    fn add_alias(&mut self, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => self.add_component(None),
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                self.add_component(self.component(*count as usize, *index));
            }
            _ => {}
        }
    }

    /// An export gives what it exports another index.
    fn add_export(&mut self, export: &ComponentExport<'_>) {
        if export.kind == ComponentExternalKind::Component {
            self.add_component(self.component(0, export.index));
        }
    }

    fn add_component(&mut self, made: Option<u64>) {
        if let Some(frame) = self.open.last_mut() {
            frame.components.push(made);
        }
    }

    /// Returns the instances that the component `index` makes, of the frame `outward` of the innermost one.
    fn component(&self, outward: usize, index: u32) -> Option<u64> {
        let frame = self.open.len().checked_sub(outward + 1).and_then(|place| self.open.get(place))?;
        *frame.components.get(index as usize)?
    }
}
