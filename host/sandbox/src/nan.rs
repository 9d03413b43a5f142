//! Rewrites a component so that the bits of a NaN are the same on every processor. To keep this cheap, NaNs are made
//! canonical where their bits can be observed, not where they arise.
//!
//! WebAssembly leaves the sign and payload of a computed NaN open, and processors differ. The engine's own remedy tests
//! the result of every operation, which took 40 % of mean reversion's time. But a NaN's bits are visible only in
//! memory, as an integer, through its sign (`copysign`) or in a vector lane, so the rewritten code tests there.
//! Comparisons, conversions and further arithmetic cannot tell one NaN from another. Vector arithmetic is tested after
//! each operation, because many instructions can look into a lane.
//!
//! A float that was just loaded is stored unchanged. Any other NaN that is stored becomes the canonical one, even if
//! the strategy chose its payload itself: this is the one difference from plain WebAssembly.
//!
//! The engine validates the result like any other component; safety does not depend on this module.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, component_utils, utils};
use wasm_encoder::{
    CodeSection, Component, CustomSection, Function, FunctionSection, Ieee32, Ieee64, Instruction, Module, ValType,
};
use wasmparser::{CustomSectionReader, FunctionBody, FunctionSectionReader, Operator, Parser};

/// Version of the rewriting, part of the compile cache's key. Change it whenever the code produced here changes.
pub(crate) const VERSION: &str = "nan-2";

const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// Returns `component` with every NaN made canonical wherever a strategy could observe its bits.
///
/// # Errors
/// The encoder's message if `component` cannot be read.
pub(crate) fn canonicalize(component: &[u8]) -> Result<Vec<u8>, String> {
    let mut rewritten = Component::new();
    Rewriter::default()
        .parse_component(&mut rewritten, Parser::new(0), component)
        .map_err(|error| error.to_string())?;
    Ok(rewritten.finish())
}

/// Copies a component. For the module being copied it keeps the number of parameters of each function, which decides
/// the indices of the added locals.
#[derive(Default)]
struct Rewriter {
    parameters_of_type: Vec<u32>,
    type_of_function: Vec<u32>,
    next_body: usize,
}

/// The type of a value whose NaNs have to be canonical.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Float {
    F32,
    F64,
    F32x4,
    F64x2,
}

impl Reencode for Rewriter {
    type Error = Infallible;

    fn func_type(&mut self, ty: wasmparser::FuncType) -> Result<wasm_encoder::FuncType, Error> {
        self.parameters_of_type.push(ty.params().len() as u32);
        utils::func_type(self, ty)
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        self.type_of_function = section.clone().into_iter().collect::<Result<_, _>>()?;
        utils::parse_function_section(self, functions, section)
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let ty = self.type_of_function.get(self.next_body).copied().unwrap_or_default();
        let parameters = self.parameters_of_type.get(ty as usize).copied().unwrap_or_default();
        self.next_body += 1;
        let mut locals = Vec::new();
        let mut count = parameters;
        for pair in body.get_locals_reader()? {
            let (more, ty) = pair?;
            // Validated code has fewer than 50,000.
            count = count.saturating_add(more);
            locals.push((more, self.val_type(ty)?));
        }
        locals.extend([(1, ValType::F32), (1, ValType::F64), (1, ValType::V128)]);
        let mut function = Function::new(locals);
        let mut reader = body.get_operators_reader()?;
        let mut is_fixed = false;
        while !reader.eof() {
            let operator = reader.read()?;
            if let (Some(float), false) = (exposed_by(&operator), is_fixed) {
                canonicalize_top(&mut function, float, count);
            }
            is_fixed = leaves_fixed_bits(&operator);
            let computed = computed_by(&operator);
            function.instruction(&self.instruction(operator)?);
            if let Some(float) = computed {
                canonicalize_top(&mut function, float, count);
            }
        }
        code.function(&function);
        Ok(())
    }

    /// Copies a custom section unchanged, even if its contents (usually names) are malformed: nothing depends on them.
    fn parse_custom_section(&mut self, module: &mut Module, section: CustomSectionReader<'_>) -> Result<(), Error> {
        module.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        Ok(())
    }
}

impl ReencodeComponent for Rewriter {
    fn parse_component_submodule(
        &mut self,
        component: &mut Component,
        parser: Parser,
        module: &[u8],
    ) -> Result<(), Error> {
        *self = Rewriter::default();
        component_utils::parse_component_submodule(self, component, parser, module)
    }

    fn parse_component_custom_section(
        &mut self,
        component: &mut Component,
        section: CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        component.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        Ok(())
    }
}

/// Returns the type of the float on top of the stack if `operator` is about to expose its bits.
fn exposed_by(operator: &Operator<'_>) -> Option<Float> {
    use Operator::*;
    match operator {
        F64Store { .. } | I64ReinterpretF64 | F64Copysign | F64x2Splat | F64x2ReplaceLane { .. } => Some(Float::F64),
        F32Store { .. } | I32ReinterpretF32 | F32Copysign | F32x4Splat | F32x4ReplaceLane { .. } => Some(Float::F32),
        _ => None,
    }
}

/// Returns the vector type whose lanes `operator` computes. Operators that only select, copy or flip the sign make no
/// new NaN.
fn computed_by(operator: &Operator<'_>) -> Option<Float> {
    use Operator::*;
    match operator {
        F64x2Add | F64x2Sub | F64x2Mul | F64x2Div | F64x2Sqrt | F64x2Min | F64x2Max | F64x2Ceil | F64x2Floor
        | F64x2Trunc | F64x2Nearest | F64x2PromoteLowF32x4 => Some(Float::F64x2),
        F32x4Add | F32x4Sub | F32x4Mul | F32x4Div | F32x4Sqrt | F32x4Min | F32x4Max | F32x4Ceil | F32x4Floor
        | F32x4Trunc | F32x4Nearest | F32x4DemoteF64x2Zero => Some(Float::F32x4),
        _ => None,
    }
}

/// Returns true if the float that `operator` leaves on the stack does not depend on the processor: storing it is a
/// copy.
fn leaves_fixed_bits(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(operator, F64Load { .. } | F32Load { .. } | F64Const { .. } | F32Const { .. })
        || matches!(operator, F64ReinterpretI64 | F32ReinterpretI32 | F64ConvertI32S | F64ConvertI64S)
}

/// Emits code that replaces a NaN on top of the stack by the canonical one. The test is `x >= x`, false only for a NaN:
/// it compiles to one jump where equality takes two. The scratch locals of each type follow the function's own
/// `locals`.
fn canonicalize_top(function: &mut Function, float: Float, locals: u32) {
    use Instruction::{F32Const, F32Ge, F32x4Eq, F64Const, F64Ge, F64x2Eq, LocalGet, LocalTee, Select};
    use Instruction::{V128Bitselect, V128Const};
    const LANES_32: i128 = (NAN_32 as i128) << 96 | (NAN_32 as i128) << 64 | (NAN_32 as i128) << 32 | NAN_32 as i128;
    const LANES_64: i128 = (NAN_64 as i128) << 64 | NAN_64 as i128;
    let (scratch, nan, itself, choose) = match float {
        Float::F32 => (locals, F32Const(Ieee32::new(NAN_32)), F32Ge, Select),
        Float::F64 => (locals + 1, F64Const(Ieee64::new(NAN_64)), F64Ge, Select),
        Float::F32x4 => (locals + 2, V128Const(LANES_32), F32x4Eq, V128Bitselect),
        Float::F64x2 => (locals + 2, V128Const(LANES_64), F64x2Eq, V128Bitselect),
    };
    for instruction in [LocalTee(scratch), nan, LocalGet(scratch), LocalGet(scratch), itself, choose] {
        function.instruction(&instruction);
    }
}
