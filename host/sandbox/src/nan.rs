//! Makes the bits of NaNs the same on every processor, cheaply: where they can be seen, not where they arise.
//!
//! WebAssembly leaves sign and payload of a computed NaN open, and processors differ. The engine's own remedy tests the
//! result of each operation, which took 40 % of mean reversion's time. But a NaN's bits show only in memory, as an
//! integer, through its sign (`copysign`) or in a vector lane: so the code is rewritten to test there. Comparisons,
//! conversions and further arithmetic cannot tell one NaN from another. Vector arithmetic, whose results anything may
//! look into, is tested after each operation.
//!
//! A float that was just loaded is stored as it is. Any other NaN that is stored becomes the canonical one, even if the
//! strategy made its payload itself: the one difference from plain WebAssembly.
//!
//! The result is validated like any component; nothing here may be relied on for safety.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, component_utils, utils};
use wasm_encoder::{
    CodeSection, Component, CustomSection, Function, FunctionSection, Ieee32, Ieee64, Instruction, Module, ValType,
};
use wasmparser::{CustomSectionReader, FunctionBody, FunctionSectionReader, Operator, Parser};

/// Changes whenever the code that comes out does: part of the compile cache's key.
pub(crate) const VERSION: &str = "nan-2";

const NAN_32: u32 = 0x7fc0_0000;
const NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// `component` with every NaN canonical wherever a strategy could look at its bits.
///
/// # Errors
/// What could not be read, in the encoder's words.
pub(crate) fn canonicalize(component: &[u8]) -> Result<Vec<u8>, String> {
    let mut rewritten = Component::new();
    Rewriter::default()
        .parse_component(&mut rewritten, Parser::new(0), component)
        .map_err(|error| error.to_string())?;
    Ok(rewritten.finish())
}

/// Copies a component; keeps, of the module that it is in, what tells how many parameters each function has.
#[derive(Default)]
struct Rewriter {
    parameters_of_type: Vec<u32>,
    type_of_function: Vec<u32>,
    next_body: usize,
}

/// A float that has to be canonical.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Float {
    F32,
    F64,
    /// Lanes of a vector.
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
        let mut fresh = false;
        while !reader.eof() {
            let operator = reader.read()?;
            if let (Some(float), false) = (shown_by(&operator), fresh) {
                test(&mut function, float, count);
            }
            fresh = is_already_fixed(&operator);
            let made = made_by(&operator);
            function.instruction(&self.instruction(operator)?);
            if let Some(float) = made {
                test(&mut function, float, count);
            }
        }
        code.function(&function);
        Ok(())
    }

    /// As it is, even if its contents (names, most often) are not well-formed: nothing depends on them.
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

/// The float on top of the stack whose bits `operator` is about to show.
fn shown_by(operator: &Operator<'_>) -> Option<Float> {
    use Operator::*;
    match operator {
        F64Store { .. } | I64ReinterpretF64 | F64Copysign | F64x2Splat | F64x2ReplaceLane { .. } => Some(Float::F64),
        F32Store { .. } | I32ReinterpretF32 | F32Copysign | F32x4Splat | F32x4ReplaceLane { .. } => Some(Float::F32),
        _ => None,
    }
}

/// The vector whose lanes `operator` has computed. Those that only choose, copy or flip the sign add nothing new.
fn made_by(operator: &Operator<'_>) -> Option<Float> {
    use Operator::*;
    match operator {
        F64x2Add | F64x2Sub | F64x2Mul | F64x2Div | F64x2Sqrt | F64x2Min | F64x2Max | F64x2Ceil | F64x2Floor
        | F64x2Trunc | F64x2Nearest | F64x2PromoteLowF32x4 => Some(Float::F64x2),
        F32x4Add | F32x4Sub | F32x4Mul | F32x4Div | F32x4Sqrt | F32x4Min | F32x4Max | F32x4Ceil | F32x4Floor
        | F32x4Trunc | F32x4Nearest | F32x4DemoteF64x2Zero => Some(Float::F32x4),
        _ => None,
    }
}

/// Whether `operator` leaves a float whose bits no processor has touched: storing it again is a copy.
fn is_already_fixed(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(operator, F64Load { .. } | F32Load { .. } | F64Const { .. } | F32Const { .. })
        || matches!(operator, F64ReinterpretI64 | F32ReinterpretI32 | F64ConvertI32S | F64ConvertI64S)
}

/// Replaces the float on top of the stack by the canonical NaN if it is one. Only a NaN is not at least itself, which takes
/// one jump where equality takes two. The function's scratch locals for each type follow its `locals` others.
fn test(function: &mut Function, float: Float, locals: u32) {
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
