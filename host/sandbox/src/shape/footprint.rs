//! The host's memory that an instance of a module takes beside its linear memory: a small file can ask for a large
//! module a thousand times.
//!
//! The figures are the sizes of what the engine keeps for each part, rounded up. What a part may turn out not to need,
//! such as a pointer to a function that is never passed on, counts too.

use wasmparser::{ElementItems, ElementSectionReader, ImportSectionReader, Payload, TypeRef};

use crate::refusal::Refusal;

const INSTANCE_BYTES: u64 = 1_024;
const IMPORT_BYTES: u64 = 32;
/// The target of a pointer to a function.
const FUNCTION_BYTES: u64 = 32;
const GLOBAL_BYTES: u64 = 16;
const TAG_BYTES: u64 = 16;
const TABLE_BYTES: u64 = 256;
const MEMORY_BYTES: u64 = 1_024;
const DATA_SEGMENT_BYTES: u64 = 16;
const ELEMENT_SEGMENT_BYTES: u64 = 64;
/// Each instance evaluates those of passive segments, and keeps them even if it never asks for them.
const ELEMENT_BYTES: u64 = 16;

/// The parts of a module, as far as they have been read.
pub(super) struct Footprint {
    /// Globals, with those that it imports.
    pub globals: u64,
    /// Bytes of the host's memory for each instance.
    pub bytes: u64,
}

impl Default for Footprint {
    fn default() -> Footprint {
        Footprint { globals: 0, bytes: INSTANCE_BYTES }
    }
}

impl Footprint {
    /// Adds the next part of the module.
    pub(super) fn add(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::ImportSection(section) => self.add_imports(section)?,
            Payload::FunctionSection(section) => self.add_parts(section.count(), FUNCTION_BYTES),
            Payload::TableSection(section) => self.add_parts(section.count(), TABLE_BYTES),
            Payload::MemorySection(section) => self.add_parts(section.count(), MEMORY_BYTES),
            Payload::TagSection(section) => self.add_parts(section.count(), TAG_BYTES),
            Payload::DataSection(section) => self.add_parts(section.count(), DATA_SEGMENT_BYTES),
            Payload::ElementSection(section) => self.add_elements(section)?,
            Payload::GlobalSection(section) => {
                self.add_parts(section.count(), GLOBAL_BYTES);
                self.globals += u64::from(section.count());
            }
            _ => {}
        }
        Ok(())
    }

    fn add_parts(&mut self, count: u32, bytes: u64) {
        self.bytes = self.bytes.saturating_add(u64::from(count).saturating_mul(bytes));
    }

    fn add_imports(&mut self, section: &ImportSectionReader<'_>) -> Result<(), Refusal> {
        for import in section.clone().into_imports() {
            match import?.ty {
                TypeRef::Global(_) => self.globals += 1,
                TypeRef::Func(_) | TypeRef::FuncExact(_) => self.add_parts(1, FUNCTION_BYTES),
                _ => {}
            }
            self.add_parts(1, IMPORT_BYTES);
        }
        Ok(())
    }

    fn add_elements(&mut self, section: &ElementSectionReader<'_>) -> Result<(), Refusal> {
        for segment in section.clone() {
            let elements = match segment?.items {
                ElementItems::Functions(functions) => functions.count(),
                ElementItems::Expressions(_, expressions) => expressions.count(),
            };
            self.add_parts(1, ELEMENT_SEGMENT_BYTES);
            self.add_parts(elements, ELEMENT_BYTES);
        }
        Ok(())
    }
}
