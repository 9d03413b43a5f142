//! Limits on the shape of a component: what would take a compiler minutes is named before it is compiled.
//!
//! One pass over the bytes, in time proportional to their number. The limits explain most of what is refused; what they
//! do not foresee ends at the budget of the process that compiles.

mod footprint;
mod instances;

use wasmparser::{FunctionBody, Operator, Parser, Payload};

use self::instances::InstanceCount;
use crate::cap::Cap;
use crate::limits::SandboxLimits;
use crate::refusal::{Refusal, within};

/// Refuses a component that exceeds a limit.
///
/// # Errors
/// The first limit that is exceeded, or what cannot be read.
pub(crate) fn require(bytes: &[u8], limits: &SandboxLimits) -> Result<(), Refusal> {
    let mut shape = Shape { limits, code_bytes: 0, functions: 0, branch_targets: 0 };
    let mut instances = InstanceCount::new(limits);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match &payload {
            Payload::CodeSectionStart { count, size, .. } => shape.add_code(*count, *size)?,
            Payload::CodeSectionEntry(body) => shape.add_function(body)?,
            _ => instances.add(&payload)?,
        }
    }
    Ok(())
}

struct Shape<'a> {
    limits: &'a SandboxLimits,
    code_bytes: u64,
    functions: u64,
    branch_targets: u64,
}

impl Shape<'_> {
    fn add_code(&mut self, functions: u32, bytes: u32) -> Result<(), Refusal> {
        self.code_bytes += u64::from(bytes);
        self.functions += u64::from(functions);
        within(Cap::CodeBytes, self.code_bytes, self.limits.code_bytes)?;
        within(Cap::Functions, self.functions, self.limits.functions)
    }

    fn add_function(&mut self, body: &FunctionBody<'_>) -> Result<(), Refusal> {
        within(Cap::FunctionBytes, body.as_bytes().len() as u64, self.limits.function_bytes)?;
        let mut locals = 0;
        for group in body.get_locals_reader()? {
            locals += u64::from(group?.0);
        }
        let mut blocks = 1;
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => blocks += 1,
                Operator::BrTable { targets } => self.branch_targets += u64::from(targets.len()) + 1,
                _ => {}
            }
        }
        within(Cap::LocalsByBlocks, locals.saturating_mul(blocks), self.limits.locals_by_blocks)?;
        within(Cap::BranchTargets, self.branch_targets, self.limits.branch_targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, limits: SandboxLimits, expect: &str) {
        let found = match require(&wat::parse_str(text).unwrap(), &limits) {
            Ok(()) => "fine".to_owned(),
            Err(refusal) => refusal.of("x.wasm").to_string(),
        };
        assert!(found.contains(expect), "{found:?} should contain {expect:?}");
    }

    #[test]
    fn what_exceeds_a_limit_is_named_with_value_and_limit() {
        let limits = SandboxLimits::default;
        let two = "(component (core module (func) (func (local i32 i64) (block) (loop))) (core module (func nop nop)))";
        check(two, limits(), "fine");
        let few = SandboxLimits { functions: 2, ..limits() };
        check(two, few, "x.wasm has 3 functions; `sandbox.functions` allows 2");
        check(two, SandboxLimits { functions: 3, ..limits() }, "fine");
        check(two, SandboxLimits { code_bytes: 10, ..limits() }, "bytes of code; `sandbox.code_bytes` allows 10");
        check(two, SandboxLimits { function_bytes: 8, ..limits() }, "`sandbox.function_bytes` allows 8");
        let few = SandboxLimits { locals_by_blocks: 5, ..limits() };
        check(two, few, "6 locals times blocks in one function; `sandbox.locals_by_blocks` allows 5");
        check(two, SandboxLimits { locals_by_blocks: 6, ..limits() }, "fine");
        let table = "(component (core module (func (block (br_table 0 0 0 (i32.const 0))))))";
        check(table, SandboxLimits { branch_targets: 2, ..limits() }, "3 targets of branch tables");
    }

    #[test]
    fn instances_count_with_all_that_is_in_them() {
        let ten = |of: &str| format!("(instance (instantiate {of}))").repeat(10);
        let text = format!(
            "(component (component $a (core module $m) {}) (component $b (alias outer 1 $a (component $x)) {}) {})",
            "(core instance (instantiate $m))".repeat(10),
            ten("$x"),
            ten("$b"),
        );
        let limits = |instances| SandboxLimits { instances, ..SandboxLimits::default() };
        // Ten of b, each with ten of a, each with ten of m.
        check(&text, limits(10 + 100 + 1_000), "fine");
        check(&text, limits(1_109), "1110 instances of modules and components; `sandbox.instances` allows 1109");
    }

    #[test]
    fn the_memory_of_instances_counts_as_often_as_they_are_made() {
        let limits = SandboxLimits::default;
        let many = |of: &str, number: usize| of.repeat(number);
        let component = |module: &str, times: usize| {
            let instances = many("(core instance (instantiate $m))", times);
            format!("(component (component $a (core module $m {module}) {instances}) (instance (instantiate $a)))")
        };
        let refused = "bytes of globals, functions, elements and other parts in its instances; no strategy may have";
        let global = "(global i64 (i64.const 1))";
        check(&component(&many(global, 10_000), 40), limits(), "fine");
        check(&component(&many(global, 10_000), 60), limits(), refused);
        let element = format!("(func $f) (elem func {})", many("$f ", 1_000));
        check(&component(&element, 400), limits(), "fine");
        check(&component(&element, 600), limits(), refused);
        let nulls = format!("(elem funcref {})", many("(ref.null func) ", 1_000));
        check(&component(&nulls, 600), limits(), refused);
        check(&component(&many("(data \"\")", 1_000), 600), limits(), refused);
        check(&component(&many("(func)", 1_000), 400), limits(), refused);
        check(&component(&many("(memory 0)", 20), 600), limits(), refused);
        let imports: String = (0..1_000).map(|number| format!("(import \"\" \"{number}\" (func))")).collect();
        let exports: String = (0..1_000).map(|number| format!("(export \"{number}\" (func $f))")).collect();
        let given = "(type $r (resource (rep i32))) (core func $f (canon resource.drop $r))";
        let instance = format!("(core instance (instantiate $m (with \"\" (instance {exports}))))");
        let instances = many(&instance, 200);
        check(&format!("(component {given} (core module $m {imports}) {instances})"), limits(), refused);
    }

    #[test]
    fn modules_that_the_compiler_fails_on_are_not_compiled() {
        let of = |globals: usize| {
            let module = format!("(core module {})", "(global i64 (i64.const 1))".repeat(globals / 2));
            format!("(component {module} {module})")
        };
        check(&of(30_000), SandboxLimits::default(), "fine");
        check(
            &of(30_002),
            SandboxLimits::default(),
            "30002 globals in its modules; no strategy may have more than 30000",
        );
    }

    #[test]
    fn nothing_is_instantiated_that_was_only_passed_on() {
        let module = "(component (import \"m\" (core module $m)) (core instance (instantiate $m)))";
        check(module, SandboxLimits::default(), "a module that was passed to it");
        let outer = "(component (core module $m) (component (core instance (instantiate $m))))";
        check(outer, SandboxLimits::default(), "fine");
        let given = "(component (import \"c\" (component $c)) (instance (instantiate $c)))";
        check(given, SandboxLimits::default(), "a component that was passed to it");
        let taken =
            "(component (component $a (component $b) (export \"b\" (component $b))) (instance $i (instantiate $a))
                                (alias export $i \"b\" (component $b)) (instance (instantiate $b)))";
        check(taken, SandboxLimits::default(), "a component that was passed to it");
    }

    #[test]
    fn nesting_is_counted() {
        let nested = |depth: usize| format!("{}{}", "(component ".repeat(depth), ")".repeat(depth));
        check(&nested(16), SandboxLimits::default(), "fine");
        check(&nested(17), SandboxLimits::default(), "17 components within each other; `sandbox.nesting` allows 16");
    }
}
